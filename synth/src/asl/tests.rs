use super::{Catch, Choice, Definition, DefinitionError, Fail, Jsonata, Next, Pass, Retry, Succeed, Task, Wait};

fn fail() -> Fail {
    Fail { error: "Broken".into(), cause: Jsonata::new("$states.input.Cause").into() }
}

#[test]
fn renders_states_in_the_order_they_are_met() {
    let mut states = Definition::new();
    let failed = states.add("Failed", fail());
    let done = states.add("Done", Succeed::default());
    let work = states.add(
        "Work",
        Task::new(
            "arn:aws:states:::lambda:invoke",
            Jsonata::new("$states.input"),
            30,
            Retry::on(["Lambda.ServiceException"], 3, 2, 20),
            Catch::all(&failed).output(Jsonata::new("$states.errorOutput")),
            &done,
        ),
    );
    let ask = states.add("Ask", Choice::new(&done).when(Jsonata::new("$states.input.work"), &work));
    let document = states.finish(&ask).unwrap().document("A test.", 60).render();
    insta::assert_snapshot!(format!("{document:#}"));
}

#[test]
fn draws_a_loop() {
    let mut states = Definition::new();
    let (again, reserved) = states.reserve("Ask again");
    let done = states.add("Done", Succeed::default());
    let wait = states.add("Wait", Wait { seconds: 5, next: Next::from(&again) });
    states.keep(reserved, Choice::new(&wait).when(Jsonata::new("$states.input.done"), &done));
    insta::assert_snapshot!(states.finish(&again).unwrap().mermaid());
}

#[test]
fn rejects_what_cannot_run() {
    let mut states = Definition::new();
    let end = states.add("End", Succeed::default());
    states.add("Lost", Pass::new(&end));
    assert_eq!(states.finish(&end), Err(DefinitionError::Unreachable("Lost".to_owned())));

    let mut states = Definition::new();
    let (start, _forgotten) = states.reserve("Start");
    assert_eq!(states.finish(&start), Err(DefinitionError::Missing("Start".to_owned())));

    let mut states = Definition::new();
    states.add("Same", Succeed::default());
    let same = states.add("Same", fail());
    assert_eq!(states.finish(&same), Err(DefinitionError::Duplicate("Same".to_owned())));

    let mut states = Definition::new();
    let long = states.add(&"x".repeat(81), Succeed::default());
    assert_eq!(states.finish(&long), Err(DefinitionError::LongName("x".repeat(81))));
}
