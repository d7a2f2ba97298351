"""Strip the AWS service model of MediaConvert to what `cargo xtask codegen` reads.

    pip install botocore
    python3 xtask/strip-mediaconvert.py

Keeps the shapes that the requests below reach, with their members, required members, enumerations, ranges and
patterns; drops all prose. Writes crates/mediaconvert/model/mediaconvert.json, one shape a line.
"""

import gzip
import json
import pathlib

import botocore

NAMES = pathlib.Path(__file__).parents[1] / "crates/mediaconvert/model/names.json"
ROOTS = list(json.loads(NAMES.read_text())["requests"])
API = "2017-08-29"
KEPT = ["type", "required", "enum", "min", "max", "pattern"]

source = pathlib.Path(botocore.__file__).parent / "data/mediaconvert" / API / "service-2.json.gz"
shapes = json.loads(gzip.decompress(source.read_bytes()))["shapes"]


def stripped(shape):
    out = {key: shape[key] for key in KEPT if key in shape}
    if "members" in shape:
        out["members"] = {name: member["shape"] for name, member in shape["members"].items()}
    for key in ("member", "value"):
        if key in shape:
            out[key] = shape[key]["shape"]
    return out


found, waiting = {}, list(ROOTS)
while waiting:
    name = waiting.pop()
    if name in found:
        continue
    found[name] = out = stripped(shapes[name])
    waiting += out.get("members", {}).values()
    waiting += [out[key] for key in ("member", "value") if key in out]

lines = [f"  {json.dumps(name)}: {json.dumps(found[name])}" for name in sorted(found)]
origin = json.dumps(f"botocore {botocore.__version__}, mediaconvert {API}")
target = pathlib.Path(__file__).parent.parent / "crates/mediaconvert/model/mediaconvert.json"
target.write_text('{"source": %s, "shapes": {\n%s\n}}\n' % (origin, ",\n".join(lines)))
