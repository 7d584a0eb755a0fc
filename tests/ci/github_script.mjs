// Runs the script of a workflow as actions/github-script does, with a stand-in for GitHub that records API calls.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const done = [];
const note = (name) => (with_) => void done.push([name, with_]);
const rest = {
  pulls: { list: 'pulls' },
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
const context = { repo: { owner: 'acme', repo: 'seats' }, payload: job.payload };
const core = { notice: note('notice'), setOutput: (name, value) => void done.push(['output', { [name]: value }]) };
const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
process.env.FOLDER = job.folder ?? '';
const script = new AsyncFunction('github', 'context', 'core', 'require', job.script);
await script(github, context, core, createRequire(import.meta.url));
process.stdout.write(JSON.stringify(done));
