from __future__ import annotations

from seatsync.finding import Finding, Location, Related, Severity
from seatsync.reporting.findings import findings_documents


def test_the_document() -> None:
    place = Location("teams/design.yaml", 7, 9, 7, 25)
    findings = [
        Finding("POLICY003", Severity.ERROR, "team sales is not declared"),
        Finding(
            "ROLE002",
            Severity.ERROR,
            "two roles \u202e",
            place,
            "choose one",
            "S1",
            (Related(Location("teams/design.yaml", 5, 20, 5, 36), "primary here"),),
            (("team", "design"),),
        ),
    ]
    assert findings_documents.render_json(findings) == (
        """\
{
 "format": "seatsync/findings/1",
 "findings": [
  {
   "code": "POLICY003",
   "severity": "error",
   "message": "team sales is not declared",
   "hint": "",
   "source": "",
   "related": []
  },
  {
   "code": "ROLE002",
   "severity": "error",
   "message": "two roles \\u202e",
   "hint": "choose one",
   "source": "S1",
   "file": "teams/design.yaml",
   "line": 7,
   "column": 9,
   "end_line": 7,
   "end_column": 25,
   "related": [
    {
     "file": "teams/design.yaml",
     "line": 5,
     "column": 20,
     "end_line": 5,
     "end_column": 36,
     "message": "primary here"
    }
   ]
  }
 ],
 "summary": {
  "error": 2,
  "warning": 0,
  "info": 0
 }
}
"""
    )


def test_no_findings() -> None:
    assert findings_documents.render_json([]) == (
        '{\n "format": "seatsync/findings/1",\n "findings": [],\n'
        ' "summary": {\n  "error": 0,\n  "warning": 0,\n  "info": 0\n }\n}\n'
    )
