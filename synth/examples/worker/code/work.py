def handler(event, context):
    return {"sum": sum(event["items"])}
