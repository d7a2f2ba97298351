//! A user's folder and an AWS to deploy to.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use snapbox::cmd::{Command, OutputAssert, cargo_bin};
use tempfile::TempDir;

use crate::deploy::aws_fake::{Answer, AwsFake, error, escaped, result};

/// The beginning of the ARNs of state machines and executions.
pub(crate) const STATES: &str = "arn:aws:states:us-east-1:111122223333";

/// The deployment's topic.
pub(crate) const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:vod-topic";

/// Whom the credentials are of.
pub(crate) const CALLER: &str = "arn:aws:iam::111122223333:user/ann";

/// What a command that changes something begins with, where the environment holds the keys.
const NAMES: &str = "account  111122223333
caller   arn:aws:iam::111122223333:user/ann
         keys of the environment
stack    vod in us-east-1

";

pub(crate) const STACK_ID: &str = "arn:aws:cloudformation:us-east-1:111122223333:stack/vod/1";

/// A folder with a configuration and the functions' code, and an AWS to deploy to.
pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) aws: AwsFake,
}

impl World {
    /// An AWS that knows the credentials, has all files, and no stack.
    pub(crate) fn new() -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap(), aws: AwsFake::start() };
        let path = world.folder.path();
        std::fs::write(path.join("stack.toml"), "[assets]\nbucket = \"my-assets\"\n").unwrap();
        let summary = world.vod().args(["synth", "--json"]).assert().success();
        let summary: serde_json::Value = serde_json::from_slice(&summary.get_output().stdout).unwrap();
        std::fs::write(path.join(summary["missing_code"].as_str().unwrap()), "code").unwrap();
        world
    }

    /// An AWS that has the deployed stack, with its outputs.
    pub(crate) fn deployed() -> Self {
        let machine = |name: &str| format!("{STATES}:stateMachine:vod-{name}");
        let outputs = [
            ("WorkflowTable", "vod".to_owned()),
            ("SourceBucket", "vod-source".to_owned()),
            ("DestinationBucket", "vod-destination".to_owned()),
            ("TopicArn", TOPIC.to_owned()),
            ("DistributionId", "E2EXAMPLE".to_owned()),
            ("PlayerUrl", "https://d1.cloudfront.net/".to_owned()),
            ("IngestStateMachine", machine("ingest")),
            ("ProcessStateMachine", machine("process")),
            ("PublishStateMachine", machine("publish")),
        ];
        let outputs = outputs.map(|(name, value)| {
            format!("<member><OutputKey>{name}</OutputKey><OutputValue>{value}</OutputValue></member>")
        });
        Self::new().knows_us().on("DescribeStacks", stack_with("CREATE_COMPLETE", &outputs.concat()))
    }

    /// Adds what every deployment asks before it makes a change set.
    pub(crate) fn ready(self) -> Self {
        self.knows_us().has_files()
    }

    pub(crate) fn knows_us(self) -> Self {
        let identity = format!("<Account>111122223333</Account><Arn>{CALLER}</Arn><UserId>AIDA</UserId>");
        self.aws.on("GetCallerIdentity", result("GetCallerIdentity", &identity));
        self
    }

    pub(crate) fn has_files(self) -> Self {
        let assets = std::fs::read_to_string(self.folder.path().join("cdk.out/vod.assets.json")).unwrap();
        let assets: serde_json::Value = serde_json::from_str(&assets).unwrap();
        for file in assets["files"].as_object().unwrap().values() {
            let key = file["destinations"]["current"]["objectKey"].as_str().unwrap();
            self.aws.on(&format!("HEAD /my-assets/{key}"), (200, String::new()));
        }
        self
    }

    /// The stack is in these statuses, one after the other, with the template that `synth` writes.
    pub(crate) fn has_stack(self, statuses: &[&str]) -> Self {
        for status in statuses {
            self.aws.on("DescribeStacks", stack(status));
        }
        let template = std::fs::read_to_string(self.folder.path().join("cdk.out/vod.template.json")).unwrap();
        self.has_template(&template)
    }

    pub(crate) fn has_template(self, template: &str) -> Self {
        let body = format!("<TemplateBody>{}</TemplateBody>", escaped(template));
        self.aws.on("GetTemplate", result("GetTemplate", &body));
        self
    }

    pub(crate) fn on(self, line: &str, answer: Answer) -> Self {
        self.aws.on(line, answer);
        self
    }

    /// Makes change sets that end so.
    pub(crate) fn plans(self, status: &str, reason: &str, changes: &str) -> Self {
        let made = format!("<Id>arn:change-set</Id><StackId>{STACK_ID}</StackId>");
        let described = format!(
            "<Status>{status}</Status><StatusReason>{reason}</StatusReason>\
             <ExecutionStatus>AVAILABLE</ExecutionStatus><Changes>{changes}</Changes>"
        );
        self.on("DeleteChangeSet", result("DeleteChangeSet", ""))
            .on("CreateChangeSet", result("CreateChangeSet", &made))
            .on("DescribeChangeSet", result("DescribeChangeSet", &described))
    }

    pub(crate) fn vod(&self) -> Command {
        Command::new(cargo_bin!("vod")).current_dir(self.folder.path()).env_clear().envs(self.environment())
    }

    fn environment(&self) -> [(&'static str, String); 8] {
        [
            ("NO_COLOR", "1"),
            ("HOME", self.folder.path().to_str().unwrap()),
            ("PATH", ""),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_MAX_ATTEMPTS", "1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            // Not by the option, which hints would repeat with its changing port.
            ("AWS_ENDPOINT_URL", &self.aws.url()),
        ]
        .map(|(name, value)| (name, value.to_owned()))
    }

    /// What a deployment says to somebody at a terminal who types these lines, and its exit code.
    pub(crate) fn asked(&self, lines: &str) -> (String, Option<i32>) {
        let terminal = nix::pty::openpty(None, None).unwrap();
        std::fs::File::from(terminal.master.try_clone().unwrap()).write_all(lines.as_bytes()).unwrap();
        let mut vod = std::process::Command::new(cargo_bin!("vod"));
        vod.current_dir(self.folder.path()).env_clear().envs(self.environment());
        let output = vod.arg("deploy").stdin(terminal.slave).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (String::from_utf8(said).unwrap(), output.status.code())
    }

    pub(crate) fn deploy(&self, arguments: &[&str]) -> OutputAssert {
        self.vod().arg("deploy").args(arguments).assert()
    }

    /// What a command that ends with this code says, standard output first, after who changes what.
    pub(crate) fn says(&self, code: i32, arguments: &[&str]) -> String {
        let ran = self.vod().args(arguments).assert();
        after_names(&text(&ran.code(code), self.folder.path()))
    }

    /// What a command prints on the standard output, lines of any width.
    pub(crate) fn prints(&self, arguments: &[&str]) -> String {
        let ran = self.vod().args(arguments).assert().success();
        String::from_utf8(ran.get_output().stdout.clone()).unwrap()
    }

    /// What a command prints for programs.
    pub(crate) fn json(&self, arguments: &[&str]) -> serde_json::Value {
        serde_json::from_str(&self.prints(&[arguments, &["--json"]].concat())).unwrap()
    }

    /// What a deployment that ends with this code says, standard output first, after who changes what.
    pub(crate) fn printed(&self, code: i32, arguments: &[&str]) -> String {
        after_names(&text(&self.deploy(arguments).code(code), self.folder.path()))
    }

    /// Writes a file of the AWS configuration.
    pub(crate) fn configures(self, file: &str, text: &str) -> Self {
        let folder = self.folder.path().join(".aws");
        std::fs::create_dir_all(folder.join(file).parent().unwrap()).unwrap();
        std::fs::write(folder.join(file), text).unwrap();
        self
    }
}

/// From the error on: what comes before it shows what is going to change.
pub(crate) fn end_of(said: &str) -> &str {
    said.find("× ").map_or(said, |at| &said[at..])
}

fn after_names(said: &str) -> String {
    said.strip_prefix(NAMES).unwrap_or(said).trim().to_owned()
}

/// Both outputs, without the folder's name.
pub(crate) fn text(ran: &OutputAssert, folder: &Path) -> String {
    let output = ran.get_output();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    for line in out.lines().chain(err.lines()) {
        // Lines with tabs are for programs, and a name is never cut in a pipe.
        let is_name = |word: &str| word.chars().count() > 60;
        assert!(line.chars().count() <= 80 || line.contains('\t') || line.split(' ').any(is_name), "{line}");
    }
    let text = format!("{out}{err}").replace(folder.to_str().unwrap(), "[FOLDER]");
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_owned()
}

pub(crate) fn stack(status: &str) -> Answer {
    stack_with(status, "")
}

/// A stack in a status with outputs.
pub(crate) fn stack_with(status: &str, outputs: &str) -> Answer {
    let tags = "<Tags><member><Key>Project</Key><Value>vod</Value></member>\
                <member><Key>SolutionId</Key><Value>SO0021</Value></member></Tags>";
    let stack = format!(
        "<StackName>vod</StackName><StackId>{STACK_ID}</StackId><StackStatus>{status}</StackStatus>{tags}\
         <CreationTime>2026-01-01T00:00:00Z</CreationTime><Outputs>{outputs}</Outputs>"
    );
    result("DescribeStacks", &format!("<Stacks><member>{stack}</member></Stacks>"))
}

pub(crate) fn no_stack() -> Answer {
    error(400, "ValidationError", "Stack with id vod does not exist")
}

/// Events as CloudFormation lists them: the newest first. Each is id, type, status and reason.
pub(crate) fn events(events: &[(&str, &str, &str, &str)]) -> Answer {
    events_at("2026-01-01T00:00:00Z", events)
}

/// The same, all of one moment.
pub(crate) fn events_at(moment: &str, events: &[(&str, &str, &str, &str)]) -> Answer {
    let mut members = String::new();
    for (number, (id, kind, status, reason)) in events.iter().enumerate().rev() {
        let physical = if *kind == "AWS::CloudFormation::Stack" { STACK_ID } else { "physical" };
        let _ = write!(
            members,
            "<member><EventId>{number}</EventId><StackId>{STACK_ID}</StackId><StackName>vod</StackName>\
             <LogicalResourceId>{id}</LogicalResourceId>\
             <PhysicalResourceId>{physical}</PhysicalResourceId><ResourceType>{kind}</ResourceType>\
             <ResourceStatus>{status}</ResourceStatus><ResourceStatusReason>{reason}</ResourceStatusReason>\
             <Timestamp>{moment}</Timestamp></member>"
        );
    }
    result("DescribeStackEvents", &format!("<StackEvents>{members}</StackEvents>"))
}

pub(crate) const OWN: &str = "AWS::CloudFormation::Stack";

/// One changed resource of a change set.
pub(crate) fn change(id: &str, kind: &str) -> String {
    replacement(id, kind, "False")
}

/// The same of one that is replaced, or may be: `True`, `Conditional`.
pub(crate) fn replacement(id: &str, kind: &str, replacement: &str) -> String {
    format!(
        "<member><Type>Resource</Type><ResourceChange><Action>Modify</Action><LogicalResourceId>{id}</LogicalResourceId>\
         <ResourceType>{kind}</ResourceType><Replacement>{replacement}</Replacement></ResourceChange></member>"
    )
}
