"""The transcoder, as boto3 meets it; every answer is held against the service model, member by member."""

import json

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from stranger import GROUP, OUTPUT, REGION, ROLE, Stranger, job

JSON = {
    "string": str,
    "integer": int,
    "long": int,
    "double": (int, float),
    "boolean": bool,
    "timestamp": (int, float),
}


def misfits(shape, value, place=""):
    """Where an answer is not what the model says."""
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            return [f"{place}: no object"]
        names = {inner.serialization["name"]: inner for inner in shape.members.values()}
        found = [f"{place}.{name}: unknown" for name in value if name not in names]
        return sum((misfits(names[n], v, f"{place}.{n}") for n, v in value.items() if n in names), found)
    if kind == "list":
        return sum((misfits(shape.member, v, f"{place}[{at}]") for at, v in enumerate(value)), [])
    if kind == "map":
        return sum((misfits(shape.value, v, f"{place}[{key!r}]") for key, v in value.items()), [])
    if not isinstance(value, JSON[kind]):
        return [f"{place}: {value!r} is no {kind}"]
    if getattr(shape, "enum", None) and value not in shape.enum:
        return [f"{place}: {value!r} is none of {shape.enum}"]
    return []


class Boto3(Stranger):
    def setUp(self):
        super().setUp()
        self.client = self.connect()
        self.client.update_queue(Name="Default", Status="PAUSED")

    def connect(self, **config):
        session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
        config = Config(retries={"total_max_attempts": 1}, **config)
        client = session.client("mediaconvert", endpoint_url=self.transcoder.url, config=config)
        client.meta.events.register("before-parse.mediaconvert.*", self.hold_against_the_model)
        return client

    def hold_against_the_model(self, operation_model, response_dict, **_):
        if response_dict["status_code"] < 300 and operation_model.output_shape:
            self.assertEqual(misfits(operation_model.output_shape, json.loads(response_dict["body"])), [])

    def refused(self, error, call, **parameters):
        with self.assertRaises(ClientError) as caught:
            call(**parameters)
        self.assertEqual(caught.exception.response["Error"]["Code"], error)
        return caught.exception.response["Error"]["Message"]

    def test_jobs(self):
        client = self.client
        asked = job(UserMetadata={"guid": "1"}, Tags={"a": "b"}, ClientRequestToken="once", Priority=-50)
        created = client.create_job(**asked)["Job"]
        self.assertEqual(created["Status"], "SUBMITTED")
        self.assertEqual(client.create_job(**asked)["Job"]["Id"], created["Id"])
        found = client.get_job(Id=created["Id"])["Job"]
        self.assertEqual((found["UserMetadata"], found["Priority"]), ({"guid": "1"}, -50))
        self.assertEqual(found["Settings"], asked["Settings"])
        self.assertEqual(client.list_tags_for_resource(Arn=found["Arn"])["ResourceTags"]["Tags"], {"a": "b"})
        client.cancel_job(Id=created["Id"])
        self.assertEqual(client.get_job(Id=created["Id"])["Job"]["Status"], "CANCELED")
        self.refused("ConflictException", client.cancel_job, Id=created["Id"])
        self.refused("NotFoundException", client.get_job, Id="0-none")
        with self.assertRaises(client.exceptions.NotFoundException):
            client.get_job(Id="0-none")

    def test_pages_of_jobs(self):
        ids = [self.client.create_job(**job(f"film-{at}"))["Job"]["Id"] for at in range(23)]
        pages = self.client.get_paginator("list_jobs").paginate(Order="ASCENDING", Status="SUBMITTED")
        self.assertEqual([found["Id"] for page in pages for found in page["Jobs"]], ids)
        pages = self.client.get_paginator("search_jobs").paginate(InputFile="film-1", PaginationConfig={"PageSize": 4})
        expected = [ids[at] for at in range(23) if f"film-{at}".startswith("film-1")]
        self.assertEqual([found["Id"] for page in pages for found in page["Jobs"]], expected[::-1])

    def test_templates_and_presets(self):
        client = self.client
        preset = client.create_preset(Name="p", Settings=OUTPUT, Category="c")["Preset"]
        self.assertEqual(preset["Settings"], OUTPUT)
        group = {**GROUP, "Outputs": [{"Preset": "p"}]}
        template = client.create_job_template(Name="a name", Settings={"OutputGroups": [group]})["JobTemplate"]
        self.assertEqual(template["Type"], "CUSTOM")
        client.update_job_template(Name="a name", Description="new", Priority=3)
        self.assertEqual(client.get_job_template(Name="a name")["JobTemplate"]["Description"], "new")
        client.update_preset(Name="p", Category="d")
        self.assertEqual([found["Name"] for found in client.list_presets(Category="d")["Presets"]], ["p"])
        self.assertEqual(client.list_job_templates(ListBy="SYSTEM")["JobTemplates"], [])
        settings = {"Inputs": job()["Settings"]["Inputs"]}
        created = client.create_job(Role=ROLE, JobTemplate="a name", Settings=settings)["Job"]
        self.assertEqual((created["Priority"], created["Settings"]["OutputGroups"]), (3, [group]))
        client.delete_preset(Name="p")
        again = {"Role": ROLE, "JobTemplate": "a name", "Settings": settings}
        self.assertIn("preset `p`", self.refused("BadRequestException", client.create_job, **again))
        self.refused("ConflictException", client.create_job_template, Name="a name", Settings={})
        client.delete_job_template(Name="a name")
        self.refused("NotFoundException", client.get_job_template, Name="a name")

    def test_queues_and_tags(self):
        client = self.client
        plan = {"Commitment": "ONE_YEAR", "RenewalType": "EXPIRE", "ReservedSlots": 1}
        client.create_queue(Name="reserved", PricingPlan="RESERVED", ReservationPlanSettings=plan)
        arn = client.create_queue(Name="q", Tags={"a": "b"})["Queue"]["Arn"]
        client.tag_resource(Arn=arn, Tags={"c": "d"})
        client.untag_resource(Arn=arn, TagKeys=["a"])
        self.assertEqual(client.list_tags_for_resource(Arn=arn)["ResourceTags"], {"Arn": arn, "Tags": {"c": "d"}})
        names = [queue["Name"] for queue in client.list_queues(ListBy="NAME")["Queues"]]
        self.assertEqual(names, ["Default", "q", "reserved"])
        self.assertEqual(client.update_queue(Name="q", Status="PAUSED")["Queue"]["Status"], "PAUSED")
        client.delete_queue(Name="q")
        self.refused("NotFoundException", client.get_queue, Name="q")
        self.refused("BadRequestException", client.delete_queue, Name="Default")

    def test_the_endpoint_is_the_transcoder(self):
        endpoints = self.client.describe_endpoints()["Endpoints"]
        self.assertEqual(endpoints, [{"Url": self.transcoder.url}])
        probe = {"InputFiles": [{"FileUrl": "file:///nowhere/a.mp4"}]}
        self.refused("UnprocessableEntityException", self.client.probe, **probe)

    def test_what_boto3_would_not_send_is_refused(self):
        client = self.connect(parameter_validation=False)
        for wrong in [
            {"Settings": {}},
            {"Role": ROLE},
            job(Priority=51),
            job(Priority="high"),
            job(StatusUpdateInterval="SECONDS_11"),
            job(ClientRequestToken="x" * 65),
            job(Queue="none"),
        ]:
            self.refused("BadRequestException", client.create_job, **wrong)
        self.refused("BadRequestException", client.list_jobs, MaxResults=21)

    def test_everything_survives_a_power_cut(self):
        created = self.client.create_job(**job())["Job"]
        self.client.create_preset(Name="p", Settings=OUTPUT)
        self.transcoder.kill()
        self.transcoder.start()
        client = self.connect()
        self.assertEqual(client.get_job(Id=created["Id"])["Job"], created)
        self.assertEqual(client.get_preset(Name="p")["Preset"]["Settings"], OUTPUT)
        self.assertEqual(client.get_queue(Name="Default")["Queue"]["Status"], "PAUSED")
