import os


def handler(event, context):
    uploaded = event["detail"]["object"]
    print(f"{uploaded['key']} in {os.environ['BUCKET']} has {uploaded['size']} bytes")
