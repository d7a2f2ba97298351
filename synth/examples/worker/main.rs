//! A worker: each message of a queue starts an execution of a state machine, which calls a function for it.
//!
//! `cargo run -p synth --example worker` writes it to `cdk.out`.

use std::env;
use std::error::Error;

use synth::asl::{Catch, Choice, Definition, Fail, Jsonata, Retry, Succeed, Task, field};
use synth::aws::lambda::EventSourceMapping;
use synth::aws::lambda::function::Runtime;
use synth::constructs::{
    Code, Function, FunctionProps, Key, KeyProps, Queue, QueueProps, StateMachine, StateMachineProps,
};
use synth::{App, Output};

const START_SECONDS: u16 = 30;
const WORK_SECONDS: u16 = 300;

pub(crate) fn app() -> Result<App, Box<dyn Error>> {
    let mut app = App::default();
    let mut stack = app.stack("worker");
    stack.stack().set_description("Works on the messages of a queue.");

    let key = Key::new(&mut stack, "Key", KeyProps::default().description("Encrypts the worker's messages."));
    let dead_letters = Queue::new(&mut stack, "DeadLetters", QueueProps::default().key(key.clone()));
    let props = QueueProps::default()
        .key(key)
        .dead_letters(dead_letters)
        .visibility_timeout_seconds(6 * i64::from(START_SECONDS));
    let queue = Queue::new(&mut stack, "Queue", props);

    let code = Code::folder(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/worker/code"))?;
    let python = FunctionProps::new(code).runtime(Runtime::Python3_13);
    let work = python.clone().handler("work.handler".to_owned()).timeout_seconds(WORK_SECONDS);
    let work = Function::new(&mut stack, "Work", work);

    let mut states = Definition::new();
    let unchanged = Jsonata::new("$states.input");
    let failed = Fail { error: "WorkFailed".into(), cause: Jsonata::new("$string($states.input)").into() };
    let failed = states.add("Failed", failed);
    let done = states.add("Done", Succeed::default());
    let task = Task::invoke(
        work.arn(),
        unchanged,
        u32::from(WORK_SECONDS) + 10,
        Retry::on(["Lambda.ServiceException", "Lambda.TooManyRequestsException"], 5, 2, 60),
        Catch::all(&failed).output(Jsonata::new("$states.errorOutput")),
        &done,
    );
    let task = states.add("Work", task);
    let start = states.add("Anything to do?", Choice::new(&done).when(field("items").exists(), &task));
    // The state machine may call `work`, because its definition does.
    let machine = StateMachine::new(&mut stack, "Job", StateMachineProps::new(states.finish(&start)?));

    let start = python.handler("start.handler".to_owned()).timeout_seconds(START_SECONDS);
    let start = Function::new(&mut stack, "Start", start.environment("STATE_MACHINE", machine.arn()));
    machine.grant_start(&mut stack, &start);
    queue.grant_consume(&mut stack, &start);
    let messages = EventSourceMapping::new(start.name()).event_source_arn(queue.arn()).batch_size(1);
    stack.add("Messages", messages);

    let description = "Where to send messages.".to_owned();
    stack.stack().output("Queue", Output { description, value: queue.url(), export: None });
    Ok(app)
}

#[allow(dead_code, reason = "the tests include this file for its app")]
fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).unwrap_or("cdk.out".to_owned());
    app()?.synth()?.write(folder)?;
    Ok(())
}
