"""The transcoder, as the AWS CLI meets it."""

import json

from stranger import GROUP, OUTPUT, Stranger, job


class Cli(Stranger):
    def setUp(self):
        super().setUp()
        self.aws("update-queue", "--name", "Default", "--status", "PAUSED")

    def test_a_job_from_its_creation_to_its_cancellation(self):
        created = self.aws("create-job", "--cli-input-json", json.dumps(job()))["Job"]
        self.assertEqual(self.aws("get-job", "--id", created["Id"])["Job"], created)
        listed = self.aws("list-jobs", "--status", "SUBMITTED", "--queue", "Default")["Jobs"]
        self.assertEqual([found["Id"] for found in listed], [created["Id"]])
        self.aws("tag-resource", "--arn", created["Arn"], "--tags", "a=b,c=d")
        self.aws("untag-resource", "--arn", created["Arn"], "--tag-keys", "a")
        self.assertEqual(self.aws("list-tags-for-resource", "--arn", created["Arn"])["ResourceTags"]["Tags"], {"c": "d"})
        self.aws("cancel-job", "--id", created["Id"])
        self.assertEqual(self.aws("get-job", "--id", created["Id"])["Job"]["Status"], "CANCELED")

    def test_a_template_from_its_creation_to_its_deletion(self):
        self.aws("create-preset", "--name", "p", "--settings", json.dumps(OUTPUT))
        settings = json.dumps({"OutputGroups": [{**GROUP, "Outputs": [{"Preset": "p"}]}]})
        self.aws("create-job-template", "--name", "t", "--settings", settings)
        self.aws("update-job-template", "--name", "t", "--description", "new")
        self.assertEqual(self.aws("get-job-template", "--name", "t")["JobTemplate"]["Description"], "new")
        self.aws("delete-job-template", "--name", "t")
        self.assertIn("NotFoundException", self.aws("get-job-template", "--name", "t", status=255))

    def test_pages(self):
        for at in range(5):
            self.aws("create-queue", "--name", f"q{at}")
        names = lambda *words: [queue["Name"] for queue in self.aws("list-queues", *words)["Queues"]]
        self.assertEqual(names("--page-size", "2"), ["Default", "q0", "q1", "q2", "q3", "q4"])
        self.assertEqual(names("--max-items", "2", "--list-by", "NAME", "--order", "DESCENDING"), ["q4", "q3"])

    def test_errors_reach_the_user(self):
        wrong = job()
        wrong["Settings"]["OutputGroups"] = [{**GROUP, "Outputs": [{"Preset": "none"}]}]
        said = self.aws("create-job", "--cli-input-json", json.dumps(wrong), status=255)
        self.assertIn("(BadRequestException)", said)
        self.assertIn("there is no preset `none`", said)
