//! What state machines try again, how often, and whether that is enough.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde_json::Value;
use stacks::artifacts::Artifacts;
use testing::configuration;

/// The definitions of the configuration with everything on.
fn machines() -> Vec<Value> {
    let config = configuration(Some("everything.toml"));
    let assembly = stacks::build(&config, &Artifacts::of_this_build()).unwrap().app.synth().unwrap();
    let template: Value = serde_json::from_str(assembly.template(config.name.as_str()).unwrap()).unwrap();
    let resources = template["Resources"].as_object().unwrap().values();
    let machines = resources.filter(|resource| resource["Type"] == "AWS::StepFunctions::StateMachine");
    let text = |machine: &Value| machine["Properties"]["DefinitionString"]["Fn::Sub"].as_str().unwrap().to_owned();
    machines.map(|machine| serde_json::from_str(&text(machine)).unwrap()).collect()
}

/// The tasks of all machines, by name; those that call a function, or the one that starts an execution.
fn tasks(resource: &str) -> Vec<(String, Value)> {
    let states = machines().into_iter().flat_map(|machine| machine["States"].as_object().unwrap().clone());
    states.filter(|(_, state)| state["Resource"].as_str().is_some_and(|name| name.ends_with(resource))).collect()
}

/// The retrier that an error meets: the first that names it, or that stands for it
/// (<https://states-language.net/spec.html#errors>).
#[derive(Debug, Clone, Copy)]
struct Retrier {
    interval: f64,
    rate: f64,
    longest: f64,
    attempts: u64,
}

fn retrier(state: &Value, error: &str) -> Option<Retrier> {
    let matches =
        |name: &str| name == error || name == "States.ALL" || name == "States.TaskFailed" && error != "States.Timeout";
    let found = state["Retry"].as_array().unwrap().iter().find(|retrier| {
        retrier["ErrorEquals"].as_array().unwrap().iter().any(|name| matches(name.as_str().unwrap()))
    })?;
    assert_eq!(found["JitterStrategy"], "FULL");
    Some(Retrier {
        interval: found["IntervalSeconds"].as_f64().unwrap(),
        rate: found["BackoffRate"].as_f64().unwrap(),
        longest: found["MaxDelaySeconds"].as_f64().unwrap(),
        attempts: found["MaxAttempts"].as_u64().unwrap(),
    })
}

fn attempts(state: &Value, error: &str) -> u64 {
    retrier(state, error).map_or(0, |retrier| retrier.attempts)
}

impl Retrier {
    /// The longest wait before a retry, counted from 0.
    fn longest_before(self, retry: u64) -> f64 {
        let exponent = i32::try_from(retry).unwrap();
        (self.interval * self.rate.powi(exponent)).min(self.longest)
    }

    fn longest_in_all(self) -> f64 {
        (0..self.attempts).map(|retry| self.longest_before(retry)).sum()
    }
}

/// The same numbers between 0 and 1 for the same seed.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        f64::from(u32::try_from(self.0 >> 32).unwrap()) / f64::from(u32::MAX)
    }
}

/// How many of the callers that all begin at once get through to a service that takes so many calls a second.
fn get_through(callers: usize, retrier: Retrier, calls_a_second: f64, burst: f64, seed: u64) -> usize {
    let mut numbers = Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    // Milliseconds, caller, retries so far.
    let mut calls: BinaryHeap<Reverse<(u64, usize, u64)>> =
        (0..callers).map(|caller| Reverse((0, caller, 0))).collect();
    let (mut tokens, mut filled, mut through) = (burst, 0_u64, 0);
    while let Some(Reverse((now, caller, retries))) = calls.pop() {
        let passed = f64::from(u32::try_from(now - filled).unwrap()) / 1000.0;
        (tokens, filled) = ((tokens + passed * calls_a_second).min(burst), now);
        if tokens >= 1.0 {
            tokens -= 1.0;
            through += 1;
        } else if retries < retrier.attempts {
            let wait = numbers.next() * retrier.longest_before(retries) * 1000.0;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds of minutes")]
            calls.push(Reverse((now + wait as u64, caller, retries + 1)));
        }
    }
    through
}

#[test]
fn of_two_hundred_videos_at_once_every_one_gets_its_job() {
    for (name, state) in tasks("lambda:invoke") {
        let throttled = retrier(&state, "Throttled").unwrap();
        for seed in 0..20 {
            assert_eq!(get_through(200, throttled, 2.0, 10.0, seed), 200, "{name}");
        }
    }
    // Five tries within a minute are not enough: the simulation can tell.
    let impatient = Retrier { interval: 2.0, rate: 2.0, longest: 60.0, attempts: 5 };
    assert!(get_through(200, impatient, 2.0, 10.0, 0) < 150);
}

#[test]
fn an_execution_may_last_as_long_as_all_of_its_steps_may_wait() {
    for machine in machines() {
        let states = machine["States"].as_object().unwrap();
        let longest: f64 = states
            .values()
            .filter(|state| state["Type"] == "Task")
            .map(|state| {
                let throttled = retrier(state, "Throttled").unwrap();
                let tries = f64::from(u32::try_from(throttled.attempts + 1).unwrap());
                throttled.longest_in_all() + tries * state["TimeoutSeconds"].as_f64().unwrap()
            })
            .sum();
        assert!(longest < machine["TimeoutSeconds"].as_f64().unwrap(), "{}: {longest}", machine["Comment"]);
    }
}

#[test]
fn a_function_that_crashes_or_runs_out_of_time_is_started_again_but_not_for_ever() {
    for (name, state) in tasks("lambda:invoke") {
        for error in ["Lambda.Unknown", "Sandbox.Timedout", "Runtime.ExitError", "States.Timeout"] {
            assert_eq!(attempts(&state, error), 2, "{name} after {error}");
        }
        for error in ["Lambda.TooManyRequestsException", "Throttled"] {
            assert!((12..=15).contains(&attempts(&state, error)), "{name} after {error}");
        }
        for error in ["Lambda.ServiceException", "Lambda.SdkClientException", "Unavailable", "Unreachable"] {
            assert_eq!(attempts(&state, error), 5, "{name} after {error}");
        }
        for error in ["InvalidMedia", "Refused", "States.DataLimitExceeded", "States.Permissions"] {
            assert_eq!(attempts(&state, error), 0, "{name} after {error}");
        }
    }
}

#[test]
fn a_metadata_file_looks_for_its_video_for_a_quarter_of_an_hour_and_several_times_while_a_video_waits() {
    let wait = configuration(Some("everything.toml")).source.metadata_wait();
    for (name, state) in tasks("lambda:invoke") {
        match retrier(&state, "SourcePending") {
            Some(looks) => {
                assert_eq!(name, "Validate the input");
                // Full jitter makes half of the longest wait the average one.
                assert!((looks.longest_in_all() / 2.0 - 900.0).abs() < 1.0, "{looks:?}");
                assert!(looks.longest_before(looks.attempts) * 3.0 <= f64::from(wait), "{looks:?}");
            }
            None => assert_ne!(name, "Validate the input"),
        }
    }
}

#[test]
fn a_throttled_start_of_the_process_machine_is_tried_again_and_one_that_happened_is_not() {
    let starts = tasks("states:startExecution");
    let [(name, state)] = starts.as_slice() else { panic!("{starts:?}") };
    assert_eq!(attempts(state, "StepFunctions.ExecutionAlreadyExistsException"), 0, "{name}");
    for error in [
        "StepFunctions.ThrottlingException",
        "StepFunctions.ExecutionLimitExceededException",
        "StepFunctions.AWSStepFunctionsException",
        "StepFunctions.SfnException",
        "StepFunctions.SdkClientException",
        "StepFunctions.KmsThrottlingException",
        "States.Timeout",
    ] {
        let retrier = retrier(state, error).unwrap();
        assert_eq!((retrier.attempts, retrier.longest_before(99)), (8, 120.0), "{error}");
    }
    let first = &state["Catch"][0];
    assert_eq!(first["ErrorEquals"][0], "StepFunctions.ExecutionAlreadyExistsException");
    assert_eq!(first["Next"], "Process started");
}
