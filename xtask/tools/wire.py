"""Holds requests to AWS, and what stand-ins answer to them, against the services' models in botocore.

    python wire.py FILE.jsonl...

Each line is one call as `testing::aws` writes it down. What is checked: the operation exists; every member of a
request and of an answer is in the model, has its type, and keeps to its range, length, pattern and enumeration; required
members are there; an error's code is one that the operation has, or one that every service has. A finding is one line;
findings end the program with status 1.
"""

import json
import pathlib
import re
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree

import botocore.session

# The models by the name that requests are signed for.
MODELS = {
    "acm": "acm",
    "cloudformation": "cloudformation",
    "cloudfront": "cloudfront",
    "dynamodb": "dynamodb",
    "events": "events",
    "lambda": "lambda",
    "logs": "logs",
    "mediaconvert": "mediaconvert",
    "mediapackage-vod": "mediapackage-vod",
    "monitoring": "cloudwatch",
    "s3": "s3",
    "servicequotas": "service-quotas",
    "sns": "sns",
    "sqs": "sqs",
    "states": "stepfunctions",
    "sts": "sts",
}

# Members that tests invent on purpose: settings from after the models must survive.
INVENTED = {"newer", "newerThanTheSdk", "settingOfTomorrow", "deepSetting", "added"}

# Words that tests invent on purpose: states from after the models.
INVENTED_WORDS = {"STATE_OF_TOMORROW"}

# Words that services have and their models do not: the event of a stack that waits for its first change set
# (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html).
UNMODELLED_WORDS = {"REVIEW_IN_PROGRESS"}

# Errors that services have without saying so in their models.
COMMON_ERRORS = {
    "AccessDenied",
    "AccessDeniedException",
    "ExpiredToken",
    "ExpiredTokenException",
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "InvalidClientTokenId",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "ValidationError",
    "ValidationException",
}

# Query parameters that the SDKs add for themselves.
OF_THE_SDK = {"x-id"}

# Where the models say less or more than the service: the place, and why it is passed over.
EXCEPTIONS = {}


class Findings:
    """What is wrong, each once, with the number of times."""

    def __init__(self):
        self.found = {}

    def add(self, where, what):
        if where not in EXCEPTIONS:
            self.found[f"{where}: {what}"] = self.found.get(f"{where}: {what}", 0) + 1


def shown(value):
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) < 80 else text[:77] + "..."


def name_of(member, name):
    """What a member is called on the wire."""
    return member.serialization.get("name", name)


def check(shape, value, place, add, prune=()):
    """Holds a value in JSON's types against a shape; `prune` are members that are sent elsewhere."""
    kind = shape.type_name
    if value is None:
        return
    if kind == "structure":
        if not isinstance(value, dict):
            return add(place, f"{shown(value)} is no object")
        if getattr(shape, "is_document_type", False):
            return
        names = {name_of(member, name): member for name, member in shape.members.items()}
        for name, inner in value.items():
            if name in names:
                check(names[name], inner, f"{place}.{name}", add)
            elif name not in INVENTED and name not in ("__type",):
                add(place, f"has no member {name}")
        for name in shape.required_members:
            wire = name_of(shape.members[name], name)
            if name not in prune and value.get(wire) is None:
                add(place, f"lacks {wire}")
        if getattr(shape, "is_tagged_union", False) and len([1 for v in value.values() if v is not None]) != 1:
            add(place, "is a union of not exactly one member")
        return
    if kind == "list":
        if not isinstance(value, list):
            return add(place, f"{shown(value)} is no list")
        length(shape, len(value), place, add)
        for inner in value:
            check(shape.member, inner, f"{place}[]", add)
        return
    if kind == "map":
        if not isinstance(value, dict):
            return add(place, f"{shown(value)} is no map")
        length(shape, len(value), place, add)
        for key, inner in value.items():
            check(shape.key, key, f"{place}{{key}}", add)
            check(shape.value, inner, f"{place}{{}}", add)
        return
    scalar(shape, value, place, add)


def length(shape, size, place, add):
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is not None and size < least) or (most is not None and size > most):
        add(place, f"has the length {size}, not {least}..{most}")


def scalar(shape, value, place, add):
    kind = shape.type_name
    if kind in ("string", "character"):
        if not isinstance(value, str):
            return add(place, f"{shown(value)} is no text")
        if shape.enum and value not in shape.enum and value not in INVENTED_WORDS | UNMODELLED_WORDS:
            return add(place, f"{shown(value)} is none of {', '.join(shape.enum)}")
        length(shape, len(value), place, add)
        pattern = shape.metadata.get("pattern")
        if pattern and not matches(pattern, value):
            add(place, f"{shown(value)} does not match {pattern}")
    elif kind in ("integer", "long", "float", "double"):
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or (kind in ("integer", "long") and value != int(value)):
            return add(place, f"{shown(value)} is no {kind}")
        least, most = shape.metadata.get("min"), shape.metadata.get("max")
        if (least is not None and value < least) or (most is not None and value > most):
            add(place, f"{value} is not in {least}..{most}")
    elif kind == "boolean":
        if not isinstance(value, bool):
            add(place, f"{shown(value)} is no boolean")
    elif kind == "timestamp":
        if not isinstance(value, (int, float, str)) or isinstance(value, bool):
            add(place, f"{shown(value)} is no time")
    elif kind == "blob" and not isinstance(value, str):
        add(place, f"{shown(value)} is no bytes")


def matches(pattern, text):
    # Java's classes of characters, which some models use.
    pattern = pattern.replace("\\p{Alnum}", "a-zA-Z0-9").replace("\\p{Alpha}", "a-zA-Z").replace("\\p{Print}", "\\x20-\\x7e")
    for unicode, stand_in in (("\\p{L}", "\\w"), ("\\p{Z}", "\\s"), ("\\p{N}", "\\d"), ("\\p{P}", "!-/:-@\\[-`{-~"),
                              ("\\p{M}", "\\w"), ("\\p{S}", "\\W")):
        pattern = pattern.replace(unicode, stand_in)
    try:
        return re.fullmatch(pattern, text, re.DOTALL) is not None or (
            not pattern.endswith("$") and re.match(pattern, text) is not None
        )
    except re.error:
        return True


# ---------------------------------------------------------------------------------------------------------------
# From text to JSON's types


def of_text(shape, text):
    """A value of a path, a query, a header, a form or XML in the type that its shape has."""
    kind = shape.type_name
    try:
        if kind in ("integer", "long"):
            return int(text)
        if kind in ("float", "double"):
            return float(text)
        if kind == "boolean":
            return {"true": True, "false": False}[text]
    except (ValueError, KeyError):
        pass
    return text


def plain(element):
    return element.tag.rsplit("}", 1)[-1]


def of_xml(shape, element):
    """An element of XML; what the shape has no member for stays, so that it is found."""
    kind = shape.type_name
    if kind == "structure":
        names = {name_of(member, name): member for name, member in shape.members.items()}
        tree = {}
        for child in element:
            name = plain(child)
            member = names.get(name)
            if member is None:
                tree[name] = child.text
            elif member.type_name == "list" and member.serialization.get("flattened"):
                tree.setdefault(name, []).append(of_xml(member.member, child))
            else:
                tree[name] = of_xml(member, child)
        return tree
    if kind == "list":
        return [of_xml(shape.member, child) for child in element]
    if kind == "map":
        entries = {}
        for entry in element:
            parts = {plain(part): part for part in entry}
            key, value = parts.get("key"), parts.get("value")
            if key is not None and value is not None:
                entries[key.text] = of_xml(shape.value, value)
        return entries
    return of_text(shape, element.text or "")


def of_form(shape, fields):
    """The fields of a form below one member: names with dots."""
    kind = shape.type_name
    if kind not in ("structure", "list", "map"):
        return of_text(shape, fields.get("", ""))
    below = {}
    for name, value in fields.items():
        first, _, rest = name.partition(".")
        below.setdefault(first, {})[rest] = value
    if kind == "structure":
        names = {name_of(member, name): member for name, member in shape.members.items()}
        tree = {}
        for name, inner in below.items():
            # A flattened list's items stand in the structure itself.
            tree[name] = of_form(names[name], inner) if name in names else inner
        return tree
    if kind == "list":
        items = below if shape.serialization.get("flattened") else below.get("member", {})
        if not shape.serialization.get("flattened"):
            regrouped = {}
            for name, value in items.items():
                first, _, rest = name.partition(".")
                regrouped.setdefault(first, {})[rest] = value
            items = regrouped
        return [of_form(shape.member, items[at]) for at in sorted(items, key=lambda at: int(at or 0))]
    entries, regrouped = below.get("entry", {}), {}
    for name, value in entries.items():
        first, _, rest = name.partition(".")
        regrouped.setdefault(first, {})[rest] = value
    return {inner.get("key"): inner.get("value") for inner in regrouped.values()}


# ---------------------------------------------------------------------------------------------------------------
# Calls


class Service:
    def __init__(self, session, signed_for):
        self.name = MODELS[signed_for]
        self.model = session.get_service_model(self.name)
        self.protocol = self.model.metadata["protocol"]
        operations = [self.model.operation_model(name) for name in self.model.operation_names]
        # Two may fit alike: then it is the one that is still to be used.
        self.operations = sorted(operations, key=lambda operation: operation.deprecated)

    def operation(self, request):
        """The operation of a request, with the parameters of its path."""
        target = request["headers"].get("x-amz-target")
        if target:
            return self.named(target.rsplit(".", 1)[-1]), {}
        form = urllib.parse.parse_qs(request["body"] or "", keep_blank_values=True)
        if self.protocol == "query" and "Action" in form:
            return self.named(form["Action"][0]), {}
        query = dict(urllib.parse.parse_qsl(request["query"], keep_blank_values=True))
        best = (None, {}, -1)
        for operation in self.operations:
            found = self.fits(operation, request, query)
            if found is not None and found[1] > best[2]:
                best = (operation, found[0], found[1])
        return best[0], best[1]

    def named(self, name):
        return next((operation for operation in self.operations if operation.name == name), None)

    def fits(self, operation, request, query):
        """The path's parameters and how exactly the operation fits, if it does."""
        http = operation.http
        if http["method"] != request["method"]:
            return None
        if "x-id" in query and query["x-id"] != operation.name:
            return None
        path, _, fixed = http["requestUri"].partition("?")
        fixed = dict(urllib.parse.parse_qsl(fixed, keep_blank_values=True))
        if any(name not in query or (value and query[name] != value) for name, value in fixed.items()):
            return None
        named = 0
        for name, member in members(operation.input_shape, "querystring"):
            if name_of(member, name) in query:
                named += 1
            elif name in operation.input_shape.required_members:
                return None
        parameters = labels(path, request["path"].rstrip("/") or "/")
        if parameters is None:
            return None
        static = len(re.sub(r"{[^}]*}", "", path))
        return parameters, len(fixed) * 1000 + static * 10 + named


def labels(template, path):
    """The parameters of a path, still in the names that they have on the wire."""
    pattern = ""
    for part in re.split(r"({[^}]*})", template.rstrip("/") or "/"):
        if part.startswith("{"):
            name = part.strip("{}").rstrip("+")
            group = "(?P<" + re.sub(r"\W", "_", name) + ">" + (".+" if part.endswith("+}") else "[^/]+") + ")"
            pattern += group
        else:
            pattern += re.escape(part)
    found = re.fullmatch(pattern, path)
    return found and {name: urllib.parse.unquote(value) for name, value in found.groupdict().items()}


def members(shape, location):
    if shape is None:
        return
    for name, member in shape.members.items():
        if member.serialization.get("location") == location:
            yield name, member


def check_request(service, operation, path, request, add):
    shape, place = operation.input_shape, f"{service.name}.{operation.name} request"
    if shape is None:
        return
    body, elsewhere = request["body"], set()
    if service.protocol == "query":
        fields = dict(urllib.parse.parse_qsl(body or "", keep_blank_values=True))
        for name in ("Action", "Version"):
            fields.pop(name, None)
        return check(shape, of_form(shape, fields), place, add)
    if service.protocol in ("json",):
        return check(shape, read(body, place, add), place, add)
    query = dict(urllib.parse.parse_qsl(request["query"], keep_blank_values=True))
    fixed = dict(urllib.parse.parse_qsl(operation.http["requestUri"].partition("?")[2], keep_blank_values=True))
    known = set(fixed) | OF_THE_SDK
    for name, member in shape.members.items():
        location, wire = member.serialization.get("location"), name_of(member, name)
        if location is None:
            continue
        elsewhere.add(name)
        value = None
        if location == "uri":
            value = path.get(re.sub(r"\W", "_", wire))
        elif location == "querystring":
            known.add(wire)
            value = query.get(wire)
        elif location == "header":
            value = request["headers"].get(wire.lower())
        elif location == "headers":
            continue
        if value is None:
            if name in shape.required_members:
                add(place, f"lacks {name}")
        elif member.type_name not in ("list", "map", "timestamp"):
            check(member, of_text(member, value), f"{place}.{name}", add)
    for name in query:
        if name not in known:
            add(place, f"has no parameter {name}")
    payload = shape.serialization.get("payload")
    if payload:
        inner = shape.members[payload]
        if inner.type_name == "structure" and body:
            if service.protocol == "rest-xml":
                check(inner, of_xml(inner, ElementTree.fromstring(body)), f"{place}.{payload}", add)
            else:
                check(inner, read(body, place, add), f"{place}.{payload}", add)
    elif service.protocol == "rest-json":
        check(shape, read(body, place, add) if body else {}, place, add, prune=elsewhere)


def read(body, place, add):
    try:
        return json.loads(body or "{}")
    except ValueError:
        add(place, "is no JSON")
        return None


def check_answer(service, operation, answer, add):
    place = f"{service.name}.{operation.name} answer"
    status, body, shape = answer["status"], answer["body"], operation.output_shape
    # Answers that nobody can read are a test's: how such a thing is reported.
    if status >= 400:
        code = error_code(service, answer)
        errors = {error.name for error in operation.error_shapes} | {
            error.metadata.get("error", {}).get("code") for error in operation.error_shapes
        }
        modelled = {shape.name for shape in service.model.error_shapes} | {
            shape.metadata.get("error", {}).get("code") for shape in service.model.error_shapes
        }
        # S3 has no errors in its model.
        if service.name != "s3" and code and code not in errors | COMMON_ERRORS and code not in modelled:
            add(place, f"{code} is an error that the service does not have")
        return
    if status >= 300 or shape is None or not body:
        return
    payload = shape.serialization.get("payload")
    if payload and shape.members[payload].type_name in ("blob", "string"):
        return
    try:
        if service.protocol in ("json", "rest-json"):
            tree = json.loads(body)
        else:
            tree = ElementTree.fromstring(body)
    except (ValueError, ElementTree.ParseError):
        return
    elsewhere = {name for name, member in shape.members.items() if member.serialization.get("location")}
    if service.protocol in ("json", "rest-json"):
        inner = shape.members[payload] if payload else shape
        check(inner, tree, place, add, prune=elsewhere)
        return
    if service.protocol == "query":
        wrapper = shape.serialization.get("resultWrapper")
        found = [child for child in tree if plain(child) == wrapper]
        if wrapper and not found:
            if len(tree) and plain(tree) != f"{operation.name}Response":
                add(place, f"is {plain(tree)}, not {operation.name}Response")
            return
        tree = found[0] if found else tree
    inner = shape.members[payload] if payload else shape
    check(inner, of_xml(inner, tree), place, add, prune=elsewhere)


def error_code(service, answer):
    header = answer["headers"].get("x-amzn-errortype")
    if header:
        return header.split(":")[0].rsplit("#", 1)[-1]
    body = answer["body"] or ""
    try:
        code = json.loads(body).get("__type") or json.loads(body).get("code") or ""
        return code.rsplit("#", 1)[-1]
    except (ValueError, AttributeError):
        found = re.search(r"<Code>([^<]*)</Code>", body)
        return found and found.group(1)


def main(files):
    session, services, findings, calls, seen = botocore.session.get_session(), {}, Findings(), 0, set()
    for file in files:
        for line in open(file, encoding="utf-8"):
            call = json.loads(line)
            signed_for, request = call["service"], call["request"]
            calls += 1
            if signed_for not in MODELS:
                findings.add(signed_for, "is no service that this platform calls")
                continue
            service = services.setdefault(signed_for, None) or Service(session, signed_for)
            services[signed_for] = service
            operation, path = service.operation(request)
            if operation is None:
                findings.add(service.name, f"has no operation for {request['method']} {request['path']}")
                continue
            seen.add(f"{service.name}.{operation.name}")
            check_request(service, operation, path, request, findings.add)
            # Without one, it is a stand-in's that answers what no service would.
            if call["answer"] is not None:
                check_answer(service, operation, call["answer"], findings.add)
    for finding, times in sorted(findings.found.items()):
        print(f"{finding} ({times} times)")
    print(f"{calls} calls of {len(seen)} operations: {len(findings.found)} findings")
    if not calls:
        print("no call was written down")
    sys.exit(bool(findings.found) or not calls)


if __name__ == "__main__":
    main(sys.argv[1:])
