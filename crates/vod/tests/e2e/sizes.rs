//! What Step Functions allows to be carried from state to state, in the emulator as on AWS:
//! <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::e2e::emulator::{ACCOUNT, Emulator};

/// The most that a task's, a state's and an execution's input and output may have, in bytes of UTF-8.
const MAX_STATE_BYTES: usize = 262_144;
/// How long an execution may take here.
const TIMEOUT: Duration = Duration::from_secs(30);

struct Machine<'e> {
    emulator: &'e Emulator,
    arn: String,
}

impl<'e> Machine<'e> {
    fn new(emulator: &'e Emulator, name: &str, states: &Value) -> Self {
        let definition = json!({ "StartAt": "First", "QueryLanguage": "JSONata", "States": states });
        let body = json!({
            "name": name, "definition": definition.to_string(),
            "roleArn": format!("arn:aws:iam::{ACCOUNT}:role/states"),
        });
        let made = emulator.call("AWSStepFunctions.CreateStateMachine", &body);
        Self { emulator, arn: made["stateMachineArn"].as_str().unwrap().to_owned() }
    }

    fn start(&self, input: &str) -> (u16, Value) {
        let body = json!({ "stateMachineArn": self.arn, "input": input });
        self.emulator.root().ask("AWSStepFunctions.StartExecution", &body)
    }

    /// How an execution ends: its status, and its error if it has one.
    fn run(&self, input: &Value) -> (String, Value) {
        let (status, started) = self.start(&input.to_string());
        assert_eq!(status, 200, "{started}");
        let deadline = Instant::now() + TIMEOUT;
        loop {
            let body = json!({ "executionArn": started["executionArn"] });
            let mut execution = self.emulator.call("AWSStepFunctions.DescribeExecution", &body);
            if execution["status"] != "RUNNING" {
                return (execution["status"].as_str().unwrap().to_owned(), execution["error"].take());
            }
            assert!(Instant::now() < deadline, "the execution still runs");
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// An input of so many bytes, most of them in characters of two; all but 8 are the text's in it.
fn input(bytes: usize) -> Value {
    let letters = bytes - r#"{"x":""}"#.len();
    let input = json!({ "x": "é".repeat(letters / 2) + if letters.is_multiple_of(2) { "" } else { "e" } });
    assert_eq!(input.to_string().len(), bytes);
    input
}

#[test]
fn a_state_that_is_too_large_ends_the_execution_whatever_it_catches() {
    let emulator = Emulator::start(&[]);
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "Service": "states.amazonaws.com" }, "Action": "sts:AssumeRole",
    }] });
    let role = [("Action", "CreateRole"), ("RoleName", "states"), ("AssumeRolePolicyDocument", &trust.to_string())];
    emulator.query("iam", &role);
    let succeeded = ("SUCCEEDED".to_owned(), Value::Null);
    let exceeded = ("FAILED".to_owned(), Value::from("States.DataLimitExceeded"));
    let repeat = json!({ "Type": "Pass", "Output": "{% $states.input.x & $states.input.x %}", "End": true });
    let caught = |mut state: Value, error: &str| {
        state["Retry"] = json!([{ "ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1 }]);
        state["Catch"] = json!([{ "ErrorEquals": [error], "Next": "Caught", "Output": "caught" }]);
        state["End"] = true.into();
        json!({ "First": state, "Caught": { "Type": "Succeed" } })
    };

    // A state's output.
    let twice = Machine::new(&emulator, "twice", &json!({ "First": repeat }));
    assert_eq!(
        twice.run(&input(MAX_STATE_BYTES / 2 + 7)),
        succeeded,
        "bytes are counted, and these are as many as may be"
    );
    assert_eq!(twice.run(&input(MAX_STATE_BYTES / 2 + 8)), exceeded);

    // A state in a branch, which the whole Parallel state catches.
    let branches = json!({ "Type": "Parallel", "Branches": [{ "StartAt": "Twice", "States": { "Twice": repeat } }] });
    let parallel = Machine::new(&emulator, "parallel", &caught(branches, "States.ALL"));
    assert_eq!(parallel.run(&input(MAX_STATE_BYTES / 2 + 8)), exceeded);

    // A task's result: an execution's input and output. And its input.
    let task = |input: &str| {
        json!({
            "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Arguments": { "StateMachineArn": twice.arn, "Input": input },
        })
    };
    let once = task("{% $states.input %}");
    let nested = Machine::new(&emulator, "nested", &caught(once.clone(), "States.ALL"));
    assert_eq!(nested.run(&input(MAX_STATE_BYTES / 4)), succeeded);
    assert_eq!(nested.run(&input(MAX_STATE_BYTES / 2 - 1000)), exceeded);
    let named = Machine::new(&emulator, "named", &caught(once, "States.DataLimitExceeded"));
    assert_eq!(named.run(&input(MAX_STATE_BYTES / 2 - 1000)), succeeded, "who names the error catches it");
    let larger = task("{% {'x': $states.input.x & $states.input.x & $states.input.x} %}");
    let larger = Machine::new(&emulator, "larger", &caught(larger, "States.TaskFailed"));
    assert_eq!(larger.run(&input(MAX_STATE_BYTES / 2 - 1000)), exceeded);

    // An execution's input.
    let same = Machine::new(&emulator, "same", &json!({ "First": { "Type": "Succeed" } }));
    assert_eq!(same.run(&input(MAX_STATE_BYTES)), succeeded);
    let (status, refusal) = same.start(&input(MAX_STATE_BYTES + 1).to_string());
    assert_eq!(status, 400, "{refusal}");
    assert!(refusal["__type"].as_str().unwrap().ends_with("ValidationException"), "{refusal}");
    assert!(refusal["message"].as_str().unwrap().contains(&MAX_STATE_BYTES.to_string()), "{refusal}");
}
