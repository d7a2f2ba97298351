"""Writes a report about each finished video into the bucket of reports."""

import json
import os

import botocore.session

s3 = botocore.session.get_session().create_client("s3")


def handler(event, _context):
    for record in event["Records"]:
        message = json.loads(record["Sns"]["Message"])
        if message.get("workflowStatus") == "Complete":
            report = json.dumps({"video": message["srcVideo"], "outputs": outputs(message["guid"])})
            s3.put_object(Bucket=os.environ["REPORTS"], Key=f"{message['guid']}.json", Body=report.encode())


def outputs(guid):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=os.environ["OUTPUTS"], Prefix=f"{guid}/")
    return [item["Key"] for page in pages for item in page.get("Contents", [])]
