"""Starts MiniStack, the emulator of AWS that tests and local mode use, the way this project needs it.

    AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… \\
    python launch.py --port 4581 [--endpoint MEDIACONVERT=http://127.0.0.1:9001]… [--region us-east-1] [--account 000000000000]
                     [--state DIRECTORY] [--tied] [--auth=enforced|ignored]

It serves on the loopback interface until it gets SIGTERM. The two variables are the credentials of the account's root. It keeps its state in the directory, or none once it has stopped;
with `--tied` it also stops when its standard input ends, and takes every process of its session with it, but its parent. So whoever
leads the session and holds the other end leaves nothing behind, however it ends. On top of MiniStack it

* lets `PutEvents` publish `aws.*` sources, because here it is not AWS but our transcoder that sends MediaConvert's events;
* knows, in CloudFormation, the resource types of `TYPES`, which MiniStack does not: they get a physical id and the attributes
  that `Fn::GetAtt` may ask for, and nothing else;
* answers nobody but programs that hold its credentials, or those of a role: no web page (`Origin`, `Sec-Fetch-Site`), no other
  host's name (`Host`), no request without a signature; none of MiniStack's own addresses is open. What it does not check of the
  root's requests by itself, their signatures, is checked;
* takes plain http on the loopback interface for TLS, so that policies which insist on it can be enforced;
* limits what states, tasks and executions carry to the size that Step Functions allows;
* refuses, as AWS does, to delete a stack's bucket that still holds an object, an old version or a delete marker;
* lists of a deleted stack the resources that were kept;
* gives of a version of an object that is named the range that was asked for;
* holds less in memory: an object's versions only on disk, where MiniStack has them too (`--state`), of an object that is read the
  range that was asked for, histories of executions that are over compressed, and no log of all events, which nothing reads;
* tells the functions that it runs where the services are that it does not have: `--endpoint` sets an SDK's variable
  `AWS_ENDPOINT_URL_<SERVICE>`.

They reach into private names, so the version is exact. docs/emulator.md tells what else differs from AWS.
"""

import argparse
import base64
import functools
import hashlib
import importlib.metadata
import json
import mmap
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import urllib.parse
import zlib

MINISTACK = "1.5.33"
# How much of an answer is sent at once, in bytes.
PART = 1 << 20
# What one of AWS's access keys looks like (https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKey.html).
ACCESS_KEY_ID = re.compile(r"\w{16,128}")
# The shortest secret that nobody guesses.
SECRET = 16
# A distribution's own host name, under which the player's proxy asks.
DISTRIBUTION = re.compile(r"[a-z0-9]+\.cloudfront\.net")
# What a distribution of this platform answers to.
VIEWER_METHODS = {"GET", "HEAD", "OPTIONS"}
# What begins like this is MiniStack's own, whatever the service: no bucket can be called so.
OWN = "/_"
# What is open of it: whether it runs, and the addresses with a random name that custom resources answer to.
OPEN = {("GET", re.compile("/_ministack/health")), ("PUT", re.compile("/_ministack/cfn-response/[^/]+"))}
# The maximum of a task's, a state's and an execution's input and output, in bytes of UTF-8
# (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html#service-limits-task-executions).
STATE_SIZE = 262_144

# type -> (property that names it, physical id, attributes); `{name}`, `{id}`, `{region}`, `{account}` and `{hash}` are filled in.
TYPES = {
    "AWS::MediaConvert::Queue": ("Name", "{name}", {
        "Arn": "arn:aws:mediaconvert:{region}:{account}:queues/{id}",
    }),
    "AWS::MediaConvert::JobTemplate": ("Name", "{name}", {
        "Arn": "arn:aws:mediaconvert:{region}:{account}:jobTemplates/{id}",
    }),
    "AWS::MediaConvert::Preset": ("Name", "{name}", {
        "Arn": "arn:aws:mediaconvert:{region}:{account}:presets/{id}",
    }),
    "AWS::MediaPackage::PackagingGroup": ("Id", "{name}", {
        "Arn": "arn:aws:mediapackage-vod:{region}:{account}:packaging-groups/{hash}",
        "DomainName": "https://{hash}.egress.mediapackage-vod.{region}.amazonaws.com",
    }),
    "AWS::MediaPackage::PackagingConfiguration": ("Id", "{name}", {
        "Arn": "arn:aws:mediapackage-vod:{region}:{account}:packaging-configurations/{hash}",
    }),
    "AWS::CloudFront::KeyGroup": ("KeyGroupConfig.Name", "{hash}", {
        "Id": "{id}", "LastModifiedTime": "2026-01-01T00:00:00Z",
    }),
    "AWS::CloudFront::PublicKey": ("PublicKeyConfig.Name", "K{hash}", {
        "Id": "{id}", "CreatedTime": "2026-01-01T00:00:00Z",
    }),
    "AWS::CloudFront::MonitoringSubscription": ("DistributionId", "{name}", {}),
    "AWS::CloudWatch::CompositeAlarm": ("AlarmName", "{name}", {
        "Arn": "arn:aws:cloudwatch:{region}:{account}:alarm:{id}",
    }),
    "AWS::IAM::OIDCProvider": ("Url", "arn:aws:iam::{account}:oidc-provider/{name}", {
        "Arn": "{id}",
    }),
    "AWS::Logs::DeliverySource": ("Name", "{name}", {
        "Arn": "arn:aws:logs:{region}:{account}:delivery-source:{id}", "Service": "cloudfront", "Status": "ACTIVE",
    }),
    "AWS::Logs::DeliveryDestination": ("Name", "{name}", {
        "Arn": "arn:aws:logs:{region}:{account}:delivery-destination:{id}",
    }),
    "AWS::Logs::Delivery": ("", "{hash}", {
        "DeliveryId": "{id}", "Arn": "arn:aws:logs:{region}:{account}:delivery:{id}", "DeliveryDestinationType": "S3",
    }),
    "AWS::WAFv2::LoggingConfiguration": ("ResourceArn", "{name}", {}),
}


def declared_name(properties, path):
    """The value at a dotted path of the properties, or None."""
    for step in path.split("."):
        properties = properties.get(step) if isinstance(properties, dict) else None
    return properties


def handlers(kind, path, id_template, attribute_templates, live):
    """MiniStack's create, update and delete of one resource type; `live` holds what exists now."""
    from ministack.core.responses import get_account_id, get_region

    def describe(logical_id, properties, stack_name):
        default = f"{stack_name}-{logical_id}"
        name = (path and declared_name(properties, path)) or default
        values = {
            "name": name.removeprefix("https://"),
            "region": get_region(),
            "account": get_account_id(),
            "hash": hashlib.sha256(f"{kind} {default} {name}".encode()).hexdigest()[:13],
        }
        values["id"] = id_template.format_map(values)
        return values["id"], {key: text.format_map(values) for key, text in attribute_templates.items()}

    def create(logical_id, properties, stack_name):
        physical_id, attributes = describe(logical_id, properties, stack_name)
        if (kind, physical_id) in live:
            raise ValueError(f"{kind} {physical_id} already exists")
        live.add((kind, physical_id))
        return physical_id, attributes

    def update(physical_id, _old, properties, stack_name, logical_id):
        renamed, attributes = describe(logical_id, properties, stack_name)
        # Another id is a replacement: CloudFormation deletes the old one afterwards.
        return (physical_id, attributes) if renamed == physical_id else create(logical_id, properties, stack_name)

    def delete(physical_id, _properties):
        live.discard((kind, physical_id))

    return {"create": create, "update": update, "update_with_logical_id": True, "delete": delete}


def list_kept():
    """Lists of a deleted stack the resources that were kept, as CloudFormation does for 90 days."""
    from ministack.services.cloudformation import _stack_events, _stacks, stacks

    def add_event(stack_id, stack_name, logical_id, kind, status, *rest, add=stacks._add_event, **named):
        add(stack_id, stack_name, logical_id, kind, status, *rest, **named)
        stack = _stacks.get(stack_name)
        if kind == "AWS::CloudFormation::Stack" and status == "DELETE_COMPLETE" and stack:
            events = _stack_events.get(stack_id, [])
            stack["_resources"] = {
                event["LogicalResourceId"]: event for event in events if event["ResourceStatus"] == "DELETE_SKIPPED"
            }

    stacks._add_event = add_event


def refuse_full_buckets():
    """A stack's bucket that is not empty fails the stack's deletion, where MiniStack drops it with all it holds."""
    from ministack.services import s3
    from ministack.services.cloudformation import provisioners

    bucket_type = provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]

    def delete(name, properties, delete=bucket_type["delete"]):
        bucket = s3._buckets.get(name)
        if bucket and (bucket["objects"] or s3._bucket_has_versions(name)):
            raise ValueError("The bucket you tried to delete is not empty. You must delete all versions in the bucket.")
        return delete(name, properties)

    bucket_type["delete"] = delete


class History:
    """The events of an execution that is over, compressed: each holds the execution's whole data once more."""

    def __init__(self, events):
        """From the events, or from what `__deepcopy__` made of them."""
        self.text = events if isinstance(events, str) else base64.b64encode(zlib.compress(json.dumps([*events]).encode())).decode()

    def __iter__(self):
        return iter(json.loads(zlib.decompress(base64.b64decode(self.text))))

    def __len__(self):
        return sum(1 for _ in self)

    def __deepcopy__(self, _):
        """What MiniStack saves."""
        return self.text

    def append(self, event):
        self.__init__([*self, event])


def hold_less():
    """Keeps MiniStack's memory from growing with each video by all that the video ever was."""
    from ministack.services import eventbridge, s3, stepfunctions

    def pack(execution):
        if execution["status"] != "RUNNING":
            execution["events"] = History(execution["events"])

    def emit_execution_status_event(execution, emit=stepfunctions._emit_execution_status_event):
        emit(execution)
        pack(execution)

    def load_persisted_state(data, load=stepfunctions.load_persisted_state):
        load(data)
        for execution in stepfunctions._executions.all_values():
            pack(execution)

    reading = threading.local()

    def get_object(bucket, key, asked, query=None, get=s3._get_object):
        # MiniStack gives all of a version that is named, whatever range was asked for: the current one is read as
        # if it were not named, and an earlier one is cut here.
        named = s3._qp(query or {}, "versionId", "")
        current = (s3._ensure_bucket(bucket) or {"objects": {}})["objects"].get(key)
        if named and current and current.get("version_id") == named:
            query = {name: value for name, value in query.items() if name != "versionId"}
        reading.lazily = True
        try:
            status, headers, body = get(bucket, key, asked, query)
        finally:
            reading.lazily = False
        cut = s3._parse_range(asked.get("range", ""), len(body)) if status == 200 and asked.get("range") else None
        if cut:
            status, (first, last) = 206, cut
            headers = {**headers, "Content-Length": str(last - first + 1), "Content-Range": f"bytes {first}-{last}/{len(body)}"}
            body = body[first:last + 1]
        return status, headers, body[:] if isinstance(body, mmap.mmap) else body

    def read_body(bucket, key, record, read=s3._read_body):
        """The file, of which GetObject takes the range that was asked for; everybody else needs bytes."""
        path = s3._object_disk_path(bucket, key)
        if not getattr(reading, "lazily", False) or record.get("body") is not None or not path or not record["size"]:
            return read(bucket, key, record)
        with open(path, "rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def persist_object(bucket, key, record, persist=s3._persist_object):
        persist(bucket, key, record)
        if isinstance(record, dict) and record.get("body") is None:
            for version in s3._object_versions.get((bucket, key), []):
                version["data"] = None

    stepfunctions._emit_execution_status_event = emit_execution_status_event
    stepfunctions.load_persisted_state = load_persisted_state
    s3._get_object = get_object
    s3._read_body = read_body
    s3._persist_object = persist_object
    eventbridge._events_log_list = list


class Refused(Exception):
    """Why a request is not answered."""


def admit(scope, hosts):
    """Raises `Refused` unless the request comes from a program that means this server.

    A web page that a browser shows can send requests here, too. What betrays it are the headers that a browser adds and no page
    can change: `Origin`, `Sec-Fetch-Site` and, where a page's name was made to lead here, `Host`.
    """
    from ministack.core import iam_evaluator, router
    from ministack.services import sts

    headers = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    if "origin" in headers or any(site not in ("none", "same-origin") for site in headers.get("sec-fetch-site", [])):
        raise Refused("no web page may ask here")
    if any(len(headers.get(name, [])) > 1 for name in ("host", "authorization")):
        raise Refused("a header that decides is given twice")
    host, method, path = headers.get("host", [""])[0].lower(), scope["method"], scope["path"]
    if DISTRIBUTION.fullmatch(host):
        if method not in VIEWER_METHODS or path.startswith(OWN):
            raise Refused("a distribution answers GET, HEAD and OPTIONS of objects")
        return
    if host not in hosts:
        raise Refused("this server has another name")
    if path.startswith(OWN):
        if not any(method == allowed and pattern.fullmatch(path) for allowed, pattern in OPEN):
            raise Refused("this address is closed")
        return
    query = urllib.parse.parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    key = router.extract_access_key_id({name: values[0] for name, values in headers.items()}, query)
    known = iam_evaluator.is_root_access_key(key) or key in sts._sessions or iam_evaluator.find_iam_access_key_account(key)
    if not key or not known:
        raise Refused("the request is not signed with an access key of this account")


def guarded(app, port):
    """The application, for those whom `admit` lets in; whether their signatures are right, MiniStack checks.

    No answer allows another origin to read it.
    """
    hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    async def guard(scope, receive, send):
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return

        async def send_here(message):
            if message["type"] == "http.response.start":
                headers = message.get("headers", [])
                headers = [(name, value) for name, value in headers if not name.lower().startswith(b"access-control-")]
                message = {**message, "headers": headers}
            await send(message)

        try:
            if scope["type"] == "http":
                admit(scope, hosts)
        except Refused as refused:
            text = f"{refused}\n".encode()
            headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(text)).encode())]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": text})
        else:
            await app(scope, receive, send_here)

    return guard


def demand_credentials(key, secret):
    """Makes the root's credentials the only ones that are, and has their signatures checked as everybody's."""
    from ministack.core import iam_evaluator, lambda_runtime
    from ministack.services import lambda_svc, sts

    # MiniStack knows more root keys, among them `test`, any account's number and none at all, and believes all of them.
    for module in (iam_evaluator, sts):
        module.is_root_access_key = lambda access_key_id: access_key_id == key
    iam_evaluator._is_root_key = lambda _: False

    def execution_credentials(config, make=lambda_runtime.execution_credentials):
        # They follow from the ARNs of function and role, which everybody knows; of the role's, only the name matters otherwise.
        return make({**config, "Role": f"{secret}/{config.get('Role', '')}"})

    for module in (lambda_runtime, lambda_svc):
        module.execution_credentials = execution_credentials

    def build_handler_class(worker, *arguments, build=lambda_runtime.ProvidedWorker._build_handler_class):
        class Handler(build(worker, *arguments)):
            """A function's own server, the runtime interface: for its process, and no page."""

            def parse_request(self):
                if not super().parse_request():
                    return False
                own = self.headers.get_all("Host") == [f"127.0.0.1:{self.server.server_address[1]}"]
                if own and "Origin" not in self.headers and "Sec-Fetch-Site" not in self.headers:
                    return True
                self.send_error(403)
                return False

        return Handler

    lambda_runtime.ProvidedWorker._build_handler_class = build_handler_class


def ignore_policies():
    """Who has credentials may do everything."""
    from ministack.core import iam_evaluator

    def enforce(access_key_id, _action, service, *_arguments, **_options):
        return iam_evaluator.check_credentials(access_key_id, service)

    iam_evaluator.enforce = enforce


def limit_states():
    """Has Step Functions refuse what is too large for it, with the errors that end an execution in spite of `States.ALL`.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-error-representation
    """
    from ministack.core.responses import error_response_json
    from ministack.services import stepfunctions

    def text_of(value):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def check(value, what):
        if len(text_of(value).encode("utf-8", "surrogatepass")) > STATE_SIZE:
            cause = f"The state/task '{what}' returned a result with a size exceeding the maximum number of bytes service limit."
            raise stepfunctions._ExecutionError("States.DataLimitExceeded", cause)

    def checked(execute):
        def state(definition, raw_input, *arguments):
            name = ((arguments[-1] or {}).get("State") or {}).get("Name", "")
            check(raw_input, name)
            output, following = execute(definition, raw_input, *arguments)
            check(output, name)
            return output, following

        return state

    for kind in ("pass", "task", "choice", "wait", "parallel", "map"):
        name = f"_execute_{kind}"
        setattr(stepfunctions, name, checked(getattr(stepfunctions, name)))

    def task(resource, arguments, *more, invoke):
        check(arguments, resource)
        result = invoke(resource, arguments, *more)
        check(result, resource)
        return result

    for name in ("_invoke_resource", "_invoke_with_callback"):
        setattr(stepfunctions, name, functools.partial(task, invoke=getattr(stepfunctions, name)))

    def start(request, start):
        size = len(request.get("input", "").encode("utf-8", "surrogatepass"))
        if size <= STATE_SIZE:
            return start(request)
        constraint = f"Member must have length less than or equal to {STATE_SIZE}"
        message = f"1 validation error detected: Value at 'input' failed to satisfy constraint: {constraint}"
        return error_response_json("ValidationException", message, 400)

    for name in ("_start_execution", "_start_sync_execution"):
        setattr(stepfunctions, name, functools.partial(start, start=getattr(stepfunctions, name)))

    def nested_request(arguments, make=stepfunctions._nested_start_execution_request):
        # MiniStack writes three times as many bytes for what is not ASCII.
        value = arguments.get("Input", arguments.get("input", {}))
        return make(arguments if isinstance(value, str) else {**arguments, "Input": text_of(value)})

    stepfunctions._nested_start_execution_request = nested_request

    def error_matches(names, error, matches=stepfunctions._error_matches):
        if error == "States.Runtime":
            return False
        return error in names if error == "States.DataLimitExceeded" else matches(names, error)

    stepfunctions._error_matches = error_matches


def in_parts(app):
    """The application, which sends as fast as is read: of a whole video at once asyncio makes several copies, read or not."""

    async def send_in_parts(scope, receive, send):
        async def send_part(message):
            body = memoryview(message.get("body") or b"")
            while len(body) > PART:
                await send({**message, "body": bytes(body[:PART]), "more_body": True})
                body = body[PART:]
            await send({**message, "body": bytes(body)} if "body" in message else message)

        await app(scope, receive, send_part)

    return send_in_parts


def processes():
    """The ids of all processes."""
    if os.path.isdir("/proc/self"):
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [int(line) for line in subprocess.check_output(["ps", "-axo", "pid="], text=True).split()]


def kill_session():
    """Kills what is in this process's session, but for itself and its parent."""
    session, spared = os.getsid(0), {os.getpid(), os.getppid()}
    for process in processes():
        try:
            if process not in spared and os.getsid(process) == session:
                os.kill(process, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass


def stop_with_input():
    """Waits for the end of the standard input, and then stops as SIGTERM does."""
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--endpoint", metavar="SERVICE=URL", action="append", default=[], help="another service's address")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--account", default="000000000000")
    parser.add_argument("--state", metavar="DIRECTORY", type=pathlib.Path, help="where to keep the state")
    parser.add_argument("--auth", nargs="?", choices=["enforced", "ignored"], const="enforced", default="enforced",
                        help="whether IAM policies are enforced; credentials are in any case")
    parser.add_argument("--tied", action="store_true", help="stop when the standard input ends, with the whole session")
    options = parser.parse_args()

    found = importlib.metadata.version("ministack")
    if found != MINISTACK:
        sys.exit(f"this launcher is for ministack {MINISTACK}, and {found} is installed")
    key, secret = os.environ.get("AWS_ACCESS_KEY_ID", ""), os.environ.get("AWS_SECRET_ACCESS_KEY", "")
    if not ACCESS_KEY_ID.fullmatch(key) or len(secret) < SECRET:
        sys.exit("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must hold the root's credentials, 16 characters or more each")

    # MiniStack reads its environment when it is imported, and hands it on to the functions that it runs.
    os.environ.pop("AWS_SESSION_TOKEN", None)
    os.environ.update({
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(options.port),
        "MINISTACK_REGION": options.region,
        "MINISTACK_ACCOUNT_ID": options.account,
        "AWS_DEFAULT_REGION": options.region,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{options.port}",
        "PERSIST_STATE": "0",
        "S3_PERSIST": "0",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        # How long a function's further processes stay when they have nothing to do.
        "LAMBDA_WARM_TTL_SECONDS": "10",
        "AUTH": "true",
    })
    if options.state:
        state = options.state.absolute()
        os.environ.update({
            "PERSIST_STATE": "1", "STATE_DIR": str(state / "services"), "S3_PERSIST": "1", "S3_DATA_DIR": str(state / "objects"),
        })
    for endpoint in options.endpoint:
        service, _, url = endpoint.partition("=")
        os.environ[f"AWS_ENDPOINT_URL_{service}"] = url

    from ministack import app
    from ministack.core import iam_evaluator
    from ministack.services import eventbridge
    from ministack.services.cloudformation import provisioners

    eventbridge._put_events = functools.partial(eventbridge._put_events, allow_aws_source=True)
    resolve = iam_evaluator._resolve_condition_key
    iam_evaluator._resolve_condition_key = lambda key, context: (
        "true" if key.lower() == "aws:securetransport" else resolve(key, context)
    )
    demand_credentials(key, secret)
    if options.auth == "ignored":
        ignore_policies()
    hold_less()
    limit_states()
    refuse_full_buckets()
    list_kept()
    app.app = in_parts(guarded(app.app, options.port))
    live = set()
    for kind, entry in TYPES.items():
        provisioners._RESOURCE_HANDLERS.setdefault(kind, handlers(kind, *entry, live))

    sys.argv[1:] = []
    if options.tied:
        threading.Thread(target=stop_with_input, daemon=True).start()
    try:
        app.main()
    finally:
        if options.tied:
            kill_session()


if __name__ == "__main__":
    main()
