// Runs the script of a workflow as actions/github-script does, with a stand-in for GitHub that records API calls.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const done = [];
const note = (name) => (with_) => void done.push([name, with_]);
const make = (name) => async (with_) => {
  done.push([name, with_]);
  return { data: { sha: `${name} ${done.length}`, number: 12, tree: { sha: `tree of ${with_.commit_sha}` } } };
};
const rest = {
  pulls: { list: 'pulls', create: make('create pull'), update: make('update pull') },
  git: {
    listMatchingRefs: 'refs',
    getCommit: make('get commit'),
    createBlob: make('create blob'),
    createTree: make('create tree'),
    createCommit: make('create commit'),
    createRef: make('create ref'),
    updateRef: make('update ref'),
  },
  actions: { listArtifactsForRepo: 'artifacts' },
  issues: { listComments: 'comments', createComment: note('create'), updateComment: note('update') },
};
const github = {
  rest,
  paginate: async (list, with_) => {
    done.push([list, with_]);
    return job[list];
  },
};
const context = { repo: { owner: 'acme', repo: 'seats' }, payload: job.payload, sha: job.sha };
const core = { notice: note('notice'), setOutput: (name, value) => void done.push(['output', { [name]: value }]) };
const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
process.env.FOLDER = job.folder ?? '';
const script = new AsyncFunction('github', 'context', 'core', 'require', job.script);
await script(github, context, core, createRequire(import.meta.url));
process.stdout.write(JSON.stringify(done));
