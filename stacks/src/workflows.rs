//! The three state machines: ingest, process, publish.
//!
//! Every step's errors lead through the error handler to a failed execution, so a timeout, a killed function and a
//! missing permission are recorded and announced like any other error. The record of the video travels as the states'
//! input and output.

use pipeline::contract::{Feature, Handler, Workflow, is_on};
use pipeline::errors::ErrorName;
use pipeline::settings::ArchiveClass;
use pipeline::store::{SOURCE_WAIT_SECONDS, look_seconds};
use strum::VariantArray as _;
use synth::asl::{
    Catch, Choice, Condition, Definition, DefinitionError, Fail, Jsonata, Next, Pass, Retry, StateId,
    StateMachineDefinition, Succeed, Task, Wait, field,
};
use synth::{Arn, Json, Value};

/// How long an execution may take, in seconds: longer than all of its steps may wait for a service that throttles them.
pub const TIMEOUT_SECONDS: u32 = 24 * 3600;

/// Lambda's own passing errors, which say nothing of the function
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html>); the last two are of functions in a VPC
/// (<https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors>).
const LAMBDA_ERRORS: [&str; 6] = [
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.EC2ThrottledException",
    "Lambda.ResourceNotReadyException",
];

/// The service asks for fewer calls, or Lambda has no free concurrency: nothing is wrong, and waiting costs nothing.
const BUSY: [&str; 2] = ["Lambda.TooManyRequestsException", ErrorName::Throttled.into_str()];

/// The function did not live to answer: out of memory, out of time, its sandbox lost. All steps may be repeated
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html>).
const CRASHES: [&str; 4] = ["Lambda.Unknown", "Sandbox.Timedout", "Runtime.ExitError", "States.Timeout"];

/// The process machine's execution exists: what was to be started has started.
const ALREADY_STARTED: &str = "StepFunctions.ExecutionAlreadyExistsException";

/// What the machines call and wait for.
pub struct Targets<'a> {
    /// The function of a handler that the deployment has.
    pub function: &'a dyn Fn(Handler) -> Value<Arn>,
    /// The process machine, which the ingest machine alone starts.
    pub process: Option<Value<Arn>>,
    /// How long a video waits for its metadata file, where there may be one.
    pub metadata_wait_seconds: u32,
}

/// The definition of one state machine.
///
/// # Errors
/// When the definition is incomplete, which the tests rule out for every set of features.
pub fn definition(
    workflow: Workflow,
    targets: Targets<'_>,
    features: &[Feature],
) -> Result<StateMachineDefinition, DefinitionError> {
    let machine = Machine::new(targets, features);
    match workflow {
        Workflow::Ingest => machine.ingest(),
        Workflow::Process => machine.process(),
        Workflow::Publish => machine.publish(),
    }
}

/// What a state machine is for, in one sentence.
#[must_use]
pub const fn comment(workflow: Workflow) -> &'static str {
    match workflow {
        Workflow::Ingest => "Checks an arrived video, looks into it, records it and starts its encoding.",
        Workflow::Process => "Chooses the job template for a video and submits its encoding job.",
        Workflow::Publish => "Checks what an encoding job wrote, archives and packages it if asked, and announces it.",
    }
}

/// A state machine being written, from its end to its start.
struct Machine<'a> {
    states: Definition,
    targets: Targets<'a>,
    features: &'a [Feature],
    handle_error: StateId,
}

impl<'a> Machine<'a> {
    fn new(targets: Targets<'a>, features: &'a [Feature]) -> Self {
        let mut states = Definition::new();
        let failed = states.add(
            "Failed",
            Fail {
                // Not every error has a cause, and an expression that gives nothing is an error of its own.
                error: Jsonata::new(&text_or("$states.input.error.Error", "Unknown")).into(),
                cause: Jsonata::new(&text_or("$states.input.error.Cause", "")).into(),
            },
        );
        let unchanged = Jsonata::new("$states.input");
        let handle_error = states.add(
            "Handle error",
            Task::invoke(
                (targets.function)(Handler::ErrorHandler),
                unchanged.clone(),
                step_timeout(Handler::ErrorHandler),
                retry_failure(),
                Catch::all(&failed).output(unchanged.clone()),
                &failed,
            )
            .retry_first(retry_crash())
            .retry_first(retry_busy())
            .comment(Handler::ErrorHandler.contract().summary)
            .output(unchanged),
        );
        Self { states, targets, features, handle_error }
    }

    /// A step: one function, called with the record.
    fn step(&mut self, name: &str, handler: Handler, next: &StateId) -> StateId {
        let task = self.task(handler, next);
        self.states.add(name, task)
    }

    fn task(&self, handler: Handler, next: &StateId) -> Task {
        let mut task = Task::invoke(
            (self.targets.function)(handler),
            Jsonata::new("$states.input"),
            step_timeout(handler),
            retry_failure(),
            Catch::all(&self.handle_error).output(error_report(handler.into_str(), Input::of(handler))),
            next,
        )
        .retry_first(retry_crash())
        .retry_first(retry_busy())
        .comment(handler.contract().summary);
        // What these two answer says nothing of the video.
        if matches!(handler, Handler::SnsNotification | Handler::SqsPublish) {
            task = task.output(Jsonata::new("$states.input"));
        }
        task
    }

    /// A step that a video takes when its record says so; without the handler's feature there is only the way past it.
    fn optional_step(
        &mut self,
        question: &str,
        condition: Condition,
        name: &str,
        handler: Handler,
        past: StateId,
    ) -> StateId {
        if !is_on(handler.contract().feature, self.features) {
            return past;
        }
        let step = self.step(name, handler, &past);
        self.states.add(question, Choice::new(&past).when(condition, &step))
    }

    fn ingest(mut self) -> Result<StateMachineDefinition, DefinitionError> {
        let started = self.states.add("Process started", Succeed::default());
        let process = self.targets.process.take().expect("the ingest machine is defined with the process machine");
        let start = Task::start_execution(
            process,
            Jsonata::new("$states.input.guid"),
            Json::object([
                ("guid", Jsonata::new("$states.input.guid")),
                ("AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID", Jsonata::new("$states.context.Execution.Id")),
            ]),
            30,
            // Throttling has several names here, some of them undocumented; every failure but one is worth another try.
            Retry::on(["States.TaskFailed", "States.Timeout"], 8, 2, 120),
            Catch::all(&self.handle_error).output(error_report("start-process", Input::Record)),
            &started,
        )
        .comment("Starts the process workflow under the video's guid, so that a repeat starts nothing.")
        .retry_first(Retry::on([ALREADY_STARTED], 0, 1, 1))
        .catch_first(Catch::on([ALREADY_STARTED], &started).output(Jsonata::new("$states.input")));
        let start = self.states.add("Start process", start);
        let notify = self.optional_step(
            "Announce the start?",
            field("enableSns").is(true),
            "Announce the start",
            Handler::SnsNotification,
            start,
        );
        let record = self.step("Record the video", Handler::DynamoUpdate, &notify);
        let inspect = self.step("Inspect the source", Handler::Mediainfo, &record);
        let superseded = self.states.add("Superseded", Succeed::default());
        let nothing = self.states.add("Nothing to do", Succeed::default());
        let comment = "Whether a newer upload under the same key has a workflow of its own, the file names no video, \
                       or a metadata file's workflow has it.";
        let to_encode = Choice::new(&inspect)
            .comment(comment)
            .when(field("supersededBy").exists(), &superseded)
            .when(field("nothingToDo").exists(), &nothing);
        let to_encode = self.states.add("A video to encode?", to_encode);
        let wait = self.targets.metadata_wait_seconds;
        let mut validate = self.task(Handler::InputValidate, &to_encode);
        // A metadata file may come before its video, whose upload may take a while. Jitter halves the average wait.
        let look = look_seconds(wait);
        let looks = 2 * SOURCE_WAIT_SECONDS / look;
        validate = validate.retry_first(Retry::on([ErrorName::SourcePending.into_str()], looks, look, look));
        let validate = self.states.add("Validate the input", validate);
        if !is_on(Some(Feature::Claims), self.features) {
            return self.states.finish(&validate);
        }
        let wait = self.states.add("Wait for a metadata file", Wait { seconds: wait, next: Next::from(&validate) });
        let start = Choice::new(&validate)
            .comment("Whether the video may have a metadata file that comes after it.")
            .when(field("workflowTrigger").is("Video"), &wait);
        let start = self.states.add("A video?", start);
        self.states.finish(&start)
    }

    fn process(mut self) -> Result<StateMachineDefinition, DefinitionError> {
        let submitted = self.states.add("Job submitted", Succeed::default());
        let record = self.step("Record the job", Handler::DynamoUpdate, &submitted);
        let encode = self.step("Submit the job", Handler::Encode, &record);

        let with_captures = self.way("With frame capture", &encode);
        let without_captures = self.way("Without frame capture", &encode);
        let captures = self
            .states
            .add("Frame capture?", Choice::new(&without_captures).when(field("frameCapture").is(true), &with_captures));

        let custom = self.way("The video's own template", &captures);
        let mut template = Choice::new(&custom).comment("Which job template encodes the video.");
        for tier in pipeline::settings::Tier::VARIANTS {
            let way = self.way(&format!("Template for {tier}"), &captures);
            let tier = field("encodingProfile").is(tier.height());
            template = template.when(field("isCustomTemplate").is_not(true).and(tier), &way);
        }
        let template = self.states.add("Which template?", template);
        let profile = self.step("Profile the source", Handler::Profiler, &template);
        self.states.finish(&profile)
    }

    fn publish(mut self) -> Result<StateMachineDefinition, DefinitionError> {
        let complete = self.states.add("Complete", Succeed::default());
        let notify = self.optional_step(
            "Announce the end?",
            field("enableSns").is(true),
            "Announce the end",
            Handler::SnsNotification,
            complete,
        );
        let queue = self.optional_step(
            "Send to the queue?",
            field("enableSqs").is(true),
            "Send to the queue",
            Handler::SqsPublish,
            notify,
        );
        let record = self.step("Record the outputs", Handler::DynamoUpdate, &queue);
        let package = self.optional_step(
            "Package the outputs?",
            field("enableMediaPackage").is(true),
            "Package the outputs",
            Handler::MediaPackageAssets,
            record,
        );
        let mut archive = Choice::new(&package).comment("Whether the source goes to the archive, and to which.");
        for (class, name) in
            [(ArchiveClass::Glacier, "Archive to Glacier"), (ArchiveClass::DeepArchive, "Archive to Deep Archive")]
        {
            let step = self.step(name, Handler::ArchiveSource, &package);
            archive = archive.when(field("archiveSource").is(class.into_str()), &step);
        }
        let archive = self.states.add("Archive the source?", archive);
        let validate = self.step("Validate the outputs", Handler::OutputValidate, &archive);
        self.states.finish(&validate)
    }

    /// A state that only shows, in the graph and the history, which way a video took.
    fn way(&mut self, name: &str, next: &StateId) -> StateId {
        self.states.add(name, Pass::new(Next::from(next)))
    }
}

/// What a step gets, which says where the error report finds the video.
#[derive(Clone, Copy)]
enum Input {
    /// The arrival of a file.
    Arrival,
    /// A record, or a guid alone.
    Record,
    /// The event of a finished job.
    JobEvent,
}

impl Input {
    const fn of(handler: Handler) -> Self {
        match handler {
            Handler::InputValidate => Self::Arrival,
            Handler::OutputValidate => Self::JobEvent,
            _ => Self::Record,
        }
    }

    /// The members of the error report that tell the video, each with what it is of the input.
    const fn video(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Arrival => &[
                ("guid", "guid"),
                ("srcBucket", "bucket"),
                ("srcVideo", "(workflowTrigger = 'Video' ? key)"),
                ("srcMetadataFile", "(workflowTrigger = 'Metadata' ? key)"),
                ("startTime", "eventTime"),
            ],
            Self::Record => &[
                ("guid", "guid"),
                ("srcBucket", "srcBucket"),
                ("srcVideo", "srcVideo"),
                ("srcMetadataFile", "srcMetadataFile"),
                ("title", "title"),
                ("startTime", "startTime"),
            ],
            Self::JobEvent => &[("guid", "detail.userMetadata.guid")],
        }
    }
}

/// The error handler's input: which video, what failed, how, and in which execution.
///
/// One expression, because what the input lacks then is no member instead of an invalid one.
fn error_report(function: &str, input: Input) -> Jsonata {
    let video = input.video().iter().map(|(member, of_input)| format!("'{member}': $states.input.{of_input}, "));
    Jsonata::new(&format!(
        "{{ {}'function': '{function}', 'error': $states.errorOutput, 'execution': $states.context.Execution.Id }}",
        video.collect::<String>()
    ))
}

/// A step waits a little longer than its function may run, so that the function's own timeout is what is reported.
fn step_timeout(handler: Handler) -> u32 {
    u32::from(handler.contract().timeout_seconds) + 10
}

/// An expression's text, or another where it gives nothing.
fn text_or(expression: &str, otherwise: &str) -> String {
    format!("{expression} ? $string({expression}) : '{otherwise}'")
}

/// What may pass by itself within a minute.
fn retry_failure() -> Retry {
    let errors = pipeline::errors::RETRYABLE.iter().filter(|error| **error != ErrorName::Throttled);
    Retry::on(LAMBDA_ERRORS.into_iter().chain(errors.map(ErrorName::into_str)), 5, 2, 60)
}

/// A lost function is started again, but not for ever: the next may be lost for the same reason.
fn retry_crash() -> Retry {
    Retry::on(CRASHES, 2, 5, 60)
}

/// Hundreds of videos at once reach services that take a few calls a second: the last ones wait for all others.
fn retry_busy() -> Retry {
    Retry::on(BUSY, 15, 2, 300)
}
