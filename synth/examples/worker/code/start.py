import os

import boto3

step_functions = boto3.client("stepfunctions")


def handler(event, context):
    for message in event["Records"]:
        # The message's ID as the execution's name: a message that comes twice starts nothing twice.
        try:
            step_functions.start_execution(
                stateMachineArn=os.environ["STATE_MACHINE"],
                name=message["messageId"],
                input=message["body"],
            )
        except step_functions.exceptions.ExecutionAlreadyExists:
            pass
