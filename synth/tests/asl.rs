//! State machines: how they are written and drawn, and what is no state machine.

use synth::asl::{
    Catch, Choice, Definition, DefinitionError, Fail, Jsonata, Map, Next, Parallel, Pass, Retry, State, StateId,
    StateMachineDefinition, Succeed, Task, Wait,
};

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
    let document = states.finish(&ask).unwrap().document(Some("A test."), 60).render();
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

fn finished(name: &str) -> StateMachineDefinition {
    let mut states = Definition::new();
    let only = states.add(name, Pass::new(Next::End).output("x"));
    states.finish(&only).unwrap()
}

fn parallel(branches: Vec<StateMachineDefinition>, catch: &StateId) -> Parallel {
    Parallel { branches, catch: Catch::all(catch), next: Next::End }
}

fn each(processor: StateMachineDefinition, catch: &StateId, next: Next) -> Map {
    Map { items: Jsonata::new("$states.input.items"), processor, max_concurrency: 3, catch: Catch::all(catch), next }
}

#[test]
fn renders_branches() {
    let mut states = Definition::new();
    let failed = states.add("Failed", fail());
    let both = states.add("Both", parallel(vec![finished("Left"), finished("Right")], &failed));
    let each = states.add("Each", each(finished("Item"), &failed, Next::from(&both)));
    let document = states.finish(&each).unwrap().document(Some("Branches."), 60).render();
    insta::assert_snapshot!(format!("{document:#}"));
}

#[test]
fn names_are_unique_in_the_whole_machine() {
    for branches in [vec![finished("Same"), finished("Same")], vec![finished("Both")], vec![finished("Failed")]] {
        let mut states = Definition::new();
        let failed = states.add("Failed", fail());
        let both = states.add("Both", parallel(branches, &failed));
        assert!(matches!(states.finish(&both), Err(DefinitionError::Duplicate(_))));
    }
}

#[test]
fn a_branch_leads_only_to_its_own_states() {
    let mut outer = Definition::new();
    let failed = outer.add("Failed", fail());
    let mut states = Definition::new();
    let lost = states.add("Lost", Pass::new(&failed));
    assert_eq!(states.clone().finish(&lost), Err(DefinitionError::Foreign("Failed".to_owned())));
    assert_eq!(states.finish(&failed), Err(DefinitionError::Foreign("Failed".to_owned())));
}

/// What is wrong with a state that may lead to `Failed`.
fn problem(state: impl FnOnce(&StateId) -> State) -> String {
    let mut states = Definition::new();
    let failed = states.add("Failed", fail());
    let state = state(&failed);
    let state = states.add("It", state);
    states.finish(&state).unwrap_err().to_string()
}

#[test]
fn rejects_what_the_language_does_not_allow() {
    let retry = || Retry::on(["A"], 1, 1, 1);
    let task = |timeout, retry, catch| State::from(Task::new("resource", "x", timeout, retry, catch, Next::End));
    let none: [&str; 0] = [];
    let problems = [
        problem(|failed| task(0, retry(), Catch::all(failed))),
        problem(|failed| task(1, Retry::on(["A"], 1, 0, 1), Catch::all(failed))),
        problem(|failed| task(1, Retry::on(["States.ALL", "A"], 1, 1, 1), Catch::all(failed))),
        problem(|failed| task(1, Retry::on(none, 1, 1, 1), Catch::all(failed))),
        problem(|failed| {
            Task::new("resource", "x", 1, retry(), Catch::on(["A"], failed), Next::End)
                .catch_first(Catch::all(failed))
                .into()
        }),
        problem(|failed| Choice::new(failed).into()),
        problem(|failed| parallel(vec![], failed).into()),
        problem(|failed| {
            let catch = Catch::on(["States.ALL", "A"], failed);
            Map { catch, ..each(finished("Item"), failed, Next::End) }.into()
        }),
    ];
    insta::assert_snapshot!(problems.join("\n"), @"
    the state `It` has no time to run; give it a timeout of a second or more
    the state `It` is tried again at once; wait a second or more
    the state `It` retries no error, or any error together with or before others; retry any last
    the state `It` retries no error, or any error together with or before others; retry any last
    the state `It` catches no error, or any error together with or before others; catch any last
    the state `It` has nothing to choose from; add a condition
    the state `It` has no branches; add one
    the state `It` catches no error, or any error together with others; catch any alone
    ");
    // A retrier of any error may follow others.
    let mut states = Definition::new();
    let failed = states.add("Failed", fail());
    let any = Task::new("resource", "x", 1, Retry::on(["States.ALL"], 1, 1, 1), Catch::all(&failed), Next::End)
        .retry_first(retry())
        .catch_first(Catch::on(["A"], &failed));
    let start = states.add("It", any);
    assert!(states.finish(&start).is_ok());
}
