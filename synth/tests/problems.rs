//! Everything that synthesis refuses, as the user reads it.

use insta::assert_snapshot;
use synth::aws::{kms, s3, sns, sqs};
use synth::constructs::{Bucket, BucketProps, Role, RoleProps};
use synth::iam::{Action, Principal, Statement};
use synth::{
    App, Condition, Json, LogicalId, Output, Parameter, Path, RawResource, RemovalPolicy, Scope, Stack, Value,
};

fn stack() -> Stack {
    let mut stack = Stack::new("test");
    stack.set_description("A test.");
    stack
}

/// What is wrong with a stack filled so.
fn problems(fill: impl FnOnce(&mut Stack)) -> String {
    let mut stack = stack();
    fill(&mut stack);
    stack.template().map_or_else(|problems| problems.to_string(), |_| "nothing".to_owned())
}

fn raw(scope: &mut Scope<'_>, name: &str, properties: Json) -> synth::Handle<RawResource> {
    scope.add(name, RawResource::new("Custom::Thing", [("Value", properties)]))
}

fn missing() -> LogicalId {
    LogicalId::from_path(&Path::root().child("Missing"))
}

#[test]
fn two_things_of_one_path() {
    let text = problems(|stack| {
        for _ in 0..3 {
            stack.root().child("A").add("B", sns::Topic::new());
        }
        stack.mapping("Sizes", synth::Mapping::new());
        stack.mapping("Sizes", synth::Mapping::new());
    });
    assert_snapshot!(text, @"
    stack `test` cannot be deployed as it is:
      - `A/B` is defined twice; give one of them another name
      - `A/B` is defined twice; give one of them another name
      - `Sizes` is defined twice; give one of them another name
      - the mapping `Sizes` is used by nothing; use it or remove it
    ");
}

#[test]
fn two_paths_of_one_logical_id() {
    let text = problems(|stack| {
        stack.root().child("Logs").add("Bucket", sns::Topic::new());
        stack.root().add("LogsBucket", sns::Topic::new());
        stack.root().add("logs-bucket", sns::Topic::new());
        let value = stack.parameter("LogsBucket", Parameter::default());
        raw(&mut stack.root(), "User", value.into());
    });
    assert_snapshot!(text, @"
    stack `test` cannot be deployed as it is:
      - `Logs/Bucket` and `LogsBucket` both get the logical ID `LogsBucket`; give one of them another name
      - `Logs/Bucket` and `logs-bucket` both get the logical ID `LogsBucket`; give one of them another name
      - `LogsBucket` and `Logs/Bucket` both get the logical ID `LogsBucket`; give one of them another name
    ");
}

#[test]
fn a_handle_of_another_stack() {
    let mut other = stack();
    let absent = other.root().add("Absent", sns::Topic::new());
    let unlike = other.root().add("Same", sns::Topic::new());
    let text = problems(|stack| {
        let queue = stack.root().add("Same", sqs::Queue::new());
        let mut scope = stack.root();
        let mut scope = scope.child("Part");
        scope.edit(&absent, |topic| topic.display_name = None);
        scope.edit(&unlike, |topic| topic.display_name = None);
        scope.removal(&absent, RemovalPolicy::Retain);
        scope.depends_on(&absent, &queue);
    });
    assert_snapshot!(text, @"
    stack `test` cannot be deployed as it is:
      - `Part` changes `Absent`, which is a resource of another stack; change it through a scope of its own stack
      - `Part` changes `Same`, which is a resource of another stack; change it through a scope of its own stack
      - `Part` changes `Absent`, which is a resource of another stack; change it through a scope of its own stack
      - `Part` changes `Absent`, which is a resource of another stack; change it through a scope of its own stack
    ");
}

#[test]
fn a_property_outside_its_bounds() {
    let text = problems(|stack| {
        let mut scope = stack.root();
        let mut scope = scope.child("Storage");
        let named = s3::Bucket::new().bucket_name("n".repeat(64));
        Bucket::new(&mut scope, "Source", BucketProps::default().properties(named));
        scope.add("Queue", sqs::Queue::new().visibility_timeout(43_201_i64));
    });
    assert_snapshot!(text, @"
    stack `test` cannot be deployed as it is:
      - `Storage/Source`: property `BucketName` has 64 characters, which is not between 3 and 63; change the value to fit the resource type's schema
      - `Storage/Queue`: property `VisibilityTimeout` 43201 is not between 0 and 43200; change the value to fit the resource type's schema
    ");
}

#[test]
fn references_to_nothing() {
    let text = problems(|stack| {
        let missing = missing();
        raw(&mut stack.root(), "Sub", synth::sub!["a-", Value::<String>::find_in_map(&missing, "a", "b")].into());
        raw(&mut stack.root(), "If", Value::<String>::if_condition(&missing, "a".into(), "b".into()).into());
        let mut other = self::stack();
        let topic = other.root().add("Missing", sns::Topic::new());
        let thing = raw(&mut stack.root(), "Thing", "x".into());
        stack.root().depends_on(&thing, &topic);
        stack.root().only_if(&thing, &missing);
        stack.root().metadata(&thing, "Of", topic.attribute::<String>("TopicName"));
        let export = Some(topic.reference());
        stack.output("Out", Output { description: String::new(), value: "x".into(), export });
    });
    assert_snapshot!(text, @"
    stack `test` cannot be deployed as it is:
      - `Sub` refers to the mapping `Missing`, which the template does not define; add the missing definition; a value of another stack comes through a parameter or an import
      - `If` refers to the condition `Missing`, which the template does not define; add the missing definition; a value of another stack comes through a parameter or an import
      - `Thing` refers to the resource `Missing`, which the template does not define; add the missing definition; a value of another stack comes through a parameter or an import
      - `Thing` refers to the condition `Missing`, which the template does not define; add the missing definition; a value of another stack comes through a parameter or an import
      - the output `Out` refers to the resource `Missing`, which the template does not define; add the missing definition; a value of another stack comes through a parameter or an import
    ");
}

#[test]
fn resources_in_a_circle() {
    let text = problems(|stack| {
        let mut scope = stack.root();
        let first = raw(&mut scope, "First", "x".into());
        let second = raw(&mut scope, "Second", first.reference::<String>().into());
        let third = raw(&mut scope, "Third", second.attribute::<String>("Name").into());
        scope.depends_on(&first, &third);
    });
    assert_snapshot!(text, @"
    stack `test` cannot be deployed as it is:
      - resources depend on each other in a circle: First → Third → Second → First; break the circle: name one resource explicitly, or move a policy out of its role
    ");
}

#[test]
fn two_resources_of_one_name() {
    let text = problems(|stack| {
        let mut scope = stack.root();
        let name = || synth::sub!["x-", synth::PseudoParameter::Region];
        scope.add("One", sns::Topic::new().topic_name("same"));
        scope.add("Two", sns::Topic::new().topic_name("same"));
        scope.add("Three", sns::Topic::new().topic_name(name()));
        scope.add("Four", sns::Topic::new().topic_name(name()));
        // These do not clash.
        scope.add("Queue", sqs::Queue::new().queue_name("same"));
        scope.add("Unnamed", sns::Topic::new().topic_name(synth::PseudoParameter::NoValue));
        scope.add("Nameless", sns::Topic::new().topic_name(synth::PseudoParameter::NoValue));
    });
    assert_snapshot!(text, @r#"
    stack `test` cannot be deployed as it is:
      - `Two` has the name `same` of `One`, and both are `AWS::SNS::Topic`; give one of them another name, or leave the name to CloudFormation
      - `Four` has the name `{"Fn::Sub":"x-${AWS::Region}"}` of `Three`, and both are `AWS::SNS::Topic`; give one of them another name, or leave the name to CloudFormation
    "#);
}

#[test]
fn resources_of_different_conditions_may_share_a_name() {
    let text = problems(|stack| {
        let parameter = stack.parameter("Kind", Parameter::default());
        let plain = stack.condition("Plain", Condition::Equals(parameter.into(), "plain".into()));
        let other = stack.condition("Other", Condition::Not(Box::new(Condition::Named(plain.clone()))));
        for (name, condition) in [("A", plain), ("B", other)] {
            let topic = stack.root().add(name, sns::Topic::new().topic_name("same"));
            stack.root().only_if(&topic, &condition);
        }
    });
    assert_eq!(text, "nothing");
}

#[test]
fn definitions_that_nothing_uses() {
    let text = problems(|stack| {
        stack.parameter("Size", Parameter::default());
        stack.mapping("Sizes", synth::Mapping::new());
        stack.condition("Never", Condition::Equals("a".into(), "b".into()));
    });
    assert_snapshot!(text, @"
    stack `test` cannot be deployed as it is:
      - the parameter `Size` is used by nothing; use it or remove it
      - the mapping `Sizes` is used by nothing; use it or remove it
      - the condition `Never` is used by nothing; use it or remove it
    ");
}

#[test]
fn parameters_and_conditions_that_cloudformation_refuses() {
    let text = problems(|stack| {
        let topic = stack.root().add("Topic", sns::Topic::new());
        let pattern = Some("[a-z]+".to_owned());
        let default = Some("a1".to_owned());
        let size =
            stack.parameter("Size", Parameter { default, allowed_pattern: pattern.clone(), ..Parameter::default() });
        let good = Parameter { default: Some("a".to_owned()), allowed_pattern: pattern, ..Parameter::default() };
        let good = stack.parameter("Good", good);
        let small = Condition::Equals(size.into(), good.into());
        let known = Condition::Equals(topic.reference::<String>().into(), "a".into());
        let named = |name: &str| Condition::Named(LogicalId::from_path(&Path::root().child(name)));
        for (name, condition) in [
            ("ReadsTopic", known),
            ("JoinsOne", Condition::Not(Box::new(Condition::And(vec![small])))),
            ("Circle", Condition::Or(vec![named("ReadsTopic"), named("Round")])),
            ("Round", Condition::Or(vec![named("JoinsOne"), named("Circle")])),
        ] {
            stack.condition(name, condition);
        }
    });
    assert_snapshot!(text, @"
    stack `test` cannot be deployed as it is:
      - the parameter `Size` has the default `a1`, which does not match `[a-z]+`; change it to what CloudFormation takes
      - the condition `ReadsTopic` refers to the resource `Topic`; only parameters are known when it is decided; change it to what CloudFormation takes
      - the condition `JoinsOne` joins 1 conditions; `Fn::And` and `Fn::Or` take 2 to 10; change it to what CloudFormation takes
      - the condition `Circle` depends on itself; change it to what CloudFormation takes
    ");
}

#[test]
fn more_than_cloudformation_takes() {
    let text = problems(|stack| {
        stack.output("Long", Output { description: String::new(), value: "é".repeat(500_000).into(), export: None });
        for number in 0..501 {
            stack.root().add(&format!("Topic{number}"), sns::Topic::new());
        }
        for number in 0..201 {
            let parameter = stack.parameter(&format!("Parameter{number}"), Parameter::default());
            stack
                .output(&format!("Out{number}"), Output { description: String::new(), value: parameter, export: None });
        }
    });
    assert_snapshot!(text, @"
    stack `test` cannot be deployed as it is:
      - the number of resources is 501; CloudFormation's limit is 500; split the stack
      - the number of parameters is 201; CloudFormation's limit is 200; split the stack
      - the number of outputs is 202; CloudFormation's limit is 200; split the stack
      - the template's size in bytes is 1064498; CloudFormation's limit is 1000000; split the stack
    ");
    let text = problems(|stack| stack.set_description(&"x".repeat(1025)));
    assert_snapshot!(text, @"
    stack `test` cannot be deployed as it is:
      - the description's size in bytes is 1025; CloudFormation's limit is 1024; shorten it
    ");
}

#[test]
fn stack_names() {
    for (name, fine) in [
        ("a", true),
        ("Videos-2", true),
        (&*"a".repeat(128), true),
        ("", false),
        ("2-videos", false),
        ("my_videos", false),
        ("vidéos", false),
        (&*"a".repeat(129), false),
    ] {
        assert_eq!(Stack::new(name).template().is_ok(), fine, "{name}");
    }
    assert_snapshot!(Stack::new("a_b").template().unwrap_err(), @"
    stack `a_b` cannot be deployed as it is:
      - the stack name `a_b` is not a letter followed by at most 127 letters, digits and hyphens; choose another stack name
    ");
}

#[test]
fn two_stacks_of_one_name() {
    for names in [["videos", "videos"], ["other", "Tree"]] {
        let mut app = App::default();
        for name in names {
            app.stack(name);
        }
        assert!(app.synth().unwrap_err().to_string().contains("the app has something of the name"));
    }
    let mut app = App::default();
    for _ in 0..2 {
        app.stack("test");
    }
    assert_snapshot!(app.synth().unwrap_err(), @"
    stack `test` cannot be deployed as it is:
      - the app has something of the name `test` already; choose another stack name
    ");
}

#[test]
fn statements_that_a_policy_cannot_take() {
    const READ: [Action; 1] = [Action::new("kms:Decrypt")];
    const LIST: [Action; 1] = [Action::new("kms:ListAliases")];
    let text = problems(|stack| {
        let mut scope = stack.root();
        let key = scope.add("Key", kms::Key::new());
        scope.add_statement(&key, |key| key.key_policy.as_mut(), Statement::allow(READ, ["*"]));
        let parameter: Value<Json> = Value::import("policy");
        let bucket = scope.add("Policy", s3::BucketPolicy::new("bucket", parameter));
        scope.add_statement(&bucket, |policy| Some(&mut policy.policy_document), Statement::allow(READ, ["*"]));
        let trust = Statement::trust(Principal::Service("lambda.amazonaws.com"));
        let role = Role::new(&mut scope, "Role", RoleProps::new(trust));
        role.allow(&mut scope, Statement::allow_on_any(READ, "Same"));
        role.allow(&mut scope, Statement::allow_on_any(READ, "Same"));
        role.allow(&mut scope, Statement::allow_on_any(LIST, "Same"));
    });
    assert_snapshot!(text, @"
    stack `test` cannot be deployed as it is:
      - `Key`: a statement cannot be added to a policy that is missing or an expression; write the policy as a `PolicyDocument`
      - `Policy`: a statement cannot be added to a policy that is missing or an expression; write the policy as a `PolicyDocument`
      - `Role`: two different statements have the Sid `Same`; give one of them another Sid
    ");
}
