"""A transcoder as a process, and what strangers know of MediaConvert: its model, a job and a template.

`cargo xtask test conformance` runs the tests beside this file, with TRANSCODER naming the program.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

REGION = "eu-west-1"
ROLE = "arn:aws:iam::000000000000:role/transcode"
ENVIRONMENT = {
    **os.environ,
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_PAGER": "",
}

OUTPUT = {
    "ContainerSettings": {"Container": "MP4"},
    "VideoDescription": {
        "Width": 640,
        "Height": 360,
        "CodecSettings": {
            "Codec": "H_264",
            "H264Settings": {"RateControlMode": "QVBR", "MaxBitrate": 1000000},
        },
    },
}
GROUP = {
    "Name": "Files",
    "OutputGroupSettings": {
        "Type": "FILE_GROUP_SETTINGS",
        "FileGroupSettings": {"Destination": "s3://nowhere/out"},
    },
    "Outputs": [OUTPUT],
}


def job(name="a", **more):
    """The parameters of a job that can be created."""
    settings = {"Inputs": [{"FileInput": f"s3://nowhere/{name}.mp4"}], "OutputGroups": [GROUP]}
    return {"Role": ROLE, "Settings": settings, **more}


class Transcoder:
    """The service on a free port, with a state that outlives it."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.process = None
        self.start()

    def start(self):
        command = [os.environ["TRANSCODER"], "--no-events", "--region", REGION, "--state", self.folder.name]
        log = open(pathlib.Path(self.folder.name) / "transcoder.log", "ab")
        with log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=ENVIRONMENT, text=True)
        self.url = self.process.stdout.readline().strip()

    def kill(self):
        """Stops it as a power cut would."""
        self.end(signal.SIGKILL)

    def close(self):
        self.end(signal.SIGTERM)
        self.folder.cleanup()

    def end(self, how):
        self.process.send_signal(how)
        self.process.wait(timeout=30)
        self.process.stdout.close()


class Stranger(unittest.TestCase):
    """A test with a transcoder of its own, in which the default queue is paused: jobs stay where they are."""

    maxDiff = None

    def setUp(self):
        self.transcoder = Transcoder()
        self.addCleanup(self.transcoder.close)

    def aws(self, *words, status=0):
        """What the AWS CLI prints; its error text when it is to fail."""
        command = [sys.executable, "-m", "awscli", "--endpoint-url", self.transcoder.url, "mediaconvert", *words]
        done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, status, done.stderr)
        if status:
            return done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None
