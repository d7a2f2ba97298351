//! Expressions: how they are written, and what CloudFormation makes of them.

use proptest::prelude::*;
use serde_json::{Value as Plain, json};
use synth::{Intrinsic, Json, LogicalId, Part, Path, PseudoParameter, SubstituteError, Value, sub};

fn id(name: &str) -> LogicalId {
    LogicalId::from_path(&Path::root().child(name))
}

fn reference(name: &str) -> Value<String> {
    Value::Intrinsic(Intrinsic::Ref(id(name)))
}

fn render(value: impl Into<Json>) -> Plain {
    value.into().render()
}

/// What CloudFormation makes of rendered JSON, when a reference's value is its name in angle brackets.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-sub.html>
fn evaluate(rendered: &Plain) -> String {
    let empty = serde_json::Map::new();
    match rendered {
        Plain::String(text) => text.clone(),
        Plain::Object(call) => match call.iter().next().map(|(name, argument)| (name.as_str(), argument)) {
            Some(("Ref", Plain::String(name))) => format!("<{name}>"),
            Some(("Fn::Join", list)) => {
                let items: Vec<String> = list[1].as_array().unwrap().iter().map(evaluate).collect();
                items.join(list[0].as_str().unwrap())
            }
            Some(("Fn::If", choice)) => evaluate(&choice[1]),
            Some(("Fn::Sub", Plain::String(text))) => substitute(text, &empty),
            Some(("Fn::Sub", list)) => substitute(list[0].as_str().unwrap(), list[1].as_object().unwrap()),
            other => panic!("{other:?}"),
        },
        other => panic!("{other}"),
    }
}

fn substitute(text: &str, variables: &serde_json::Map<String, Plain>) -> String {
    let Some((before, rest)) = text.split_once("${") else { return text.to_owned() };
    let (name, rest) = rest.split_once('}').expect("every ${ is closed");
    let value = match (name.strip_prefix('!'), variables.get(name)) {
        (Some(literal), _) => format!("${{{literal}}}"),
        (None, Some(variable)) => evaluate(variable),
        (None, None) => format!("<{name}>"),
    };
    format!("{before}{value}{}", substitute(rest, variables))
}

#[test]
fn every_function_is_written_as_documented() {
    let list = Value::split(",", reference("Names"));
    for (value, expected) in [
        (reference("Topic"), json!({ "Ref": "Topic" })),
        (PseudoParameter::Region.into(), json!({ "Ref": "AWS::Region" })),
        (
            Value::Intrinsic(Intrinsic::GetAtt(id("Db"), "Endpoint.Port".into())),
            json!({ "Fn::GetAtt": ["Db", "Endpoint.Port"] }),
        ),
        (sub!["a", "b"], json!("ab")),
        (sub![reference("Topic")], json!({ "Ref": "Topic" })),
        (
            sub!["a-", reference("Topic"), sub!["-", PseudoParameter::Region]],
            json!({ "Fn::Sub": "a-${Topic}-${AWS::Region}" }),
        ),
        (Value::join(",", ["a", "b"]), json!({ "Fn::Join": [",", ["a", "b"]] })),
        (Value::join(",", list.clone()), json!({ "Fn::Join": [",", { "Fn::Split": [",", { "Ref": "Names" }] }] })),
        (Value::select(2, list), json!({ "Fn::Select": [2, { "Fn::Split": [",", { "Ref": "Names" }] }] })),
        (
            Value::if_condition(&id("Prod"), "a".into(), PseudoParameter::NoValue.into()),
            json!({ "Fn::If": ["Prod", "a", { "Ref": "AWS::NoValue" }] }),
        ),
        (Value::import("name"), json!({ "Fn::ImportValue": "name" })),
        (
            Value::find_in_map(&id("Sizes"), PseudoParameter::Region, "small"),
            json!({ "Fn::FindInMap": ["Sizes", { "Ref": "AWS::Region" }, "small"] }),
        ),
        (
            sub!["a", Value::<String>::import("x"), "b", Value::<String>::import("y")],
            json!({ "Fn::Sub": ["a${Part_1}b${Part_2}", { "Part_1": { "Fn::ImportValue": "x" }, "Part_2": { "Fn::ImportValue": "y" } }] }),
        ),
    ] {
        assert_eq!(render(value), expected);
    }
}

#[test]
fn dollar_signs_and_braces_stand_for_themselves() {
    let topic = || reference("Topic");
    assert_eq!(render(sub!["${Left} ", topic()]), json!({ "Fn::Sub": "${!Left} ${Topic}" }));
    // A literal alone is no `Fn::Sub`, and needs no escape.
    assert_eq!(render(sub!["${Left}"]), json!("${Left}"));
    assert_eq!(render(sub!["${a-", topic(), "}"]), json!({ "Fn::Sub": ["${Part_1}{a-${Topic}}", { "Part_1": "$" }] }));
}

#[test]
fn json_inside_a_text_is_escaped() {
    let quoted = sub!["say \"", reference("Topic"), "\""];
    let joined = Value::join("\"\n", [Value::from("\""), reference("Topic")]);
    let chosen = Value::<String>::if_condition(&id("Prod"), "\"".into(), "b".into());
    let json = Json::object([
        ("quoted", Json::from(quoted)),
        ("joined", joined.into()),
        ("chosen", chosen.into()),
        (
            "list",
            Json::Intrinsic(Intrinsic::If {
                condition: id("Prod"),
                then: Box::new(Json::list([1, 2])),
                otherwise: Box::new(Json::Null),
            }),
        ),
    ]);
    let text = evaluate(&render(json.to_text()));
    assert_eq!(
        serde_json::from_str::<Plain>(&text).unwrap(),
        json!({ "quoted": "say \"<Topic>\"", "joined": "\"\"\n<Topic>", "chosen": "\"", "list": [1, 2] })
    );
}

#[test]
fn values_are_put_into_a_text() {
    let values = [("Region", PseudoParameter::Region.into()), ("Name", "x".into())];
    let text = Value::substitute("a ${Region} b ${Name} c ${!Left}", &values).unwrap();
    assert_eq!(render(text), json!({ "Fn::Sub": "a ${AWS::Region} b x c ${!Left}" }));
    let values = [("A", "1".into())];
    assert_eq!(Value::substitute("${B}", &values), Err(SubstituteError::Missing("B".to_owned())));
    assert_eq!(Value::substitute("none", &values), Err(SubstituteError::Unused("A".to_owned())));
    assert_eq!(Value::substitute("${A} ${A", &values), Err(SubstituteError::Open(5)));
}

/// Text likely to hold what `Fn::Sub` and JSON give a meaning to.
fn awkward() -> impl Strategy<Value = String> {
    "[a-c!\"\\\\${}\\n]{0,8}"
}

fn any_json() -> impl Strategy<Value = Plain> {
    let leaf = prop_oneof![
        Just(Plain::Null),
        any::<bool>().prop_map(Plain::from),
        any::<i64>().prop_map(Plain::from),
        awkward().prop_map(Plain::from),
        "\\PC{0,6}".prop_map(Plain::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Plain::from),
            prop::collection::btree_map(awkward(), inner, 0..4)
                .prop_map(|members| Plain::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn joined_parts_mean_their_parts_in_turn(parts in prop::collection::vec(prop_oneof![
        awkward().prop_map(Value::from),
        "[A-Z][a-z]{0,3}".prop_map(|name| reference(&name)),
        Just(PseudoParameter::Region.into()),
        awkward().prop_map(|text| Value::join("-", [Value::from(text), reference("Joined")])),
        awkward().prop_map(|text| Value::concat([text.into(), reference("Inner")])),
    ], 0..6)) {
        let expected: String = parts.iter().map(|part| evaluate(&render(part.clone()))).collect();
        prop_assert_eq!(evaluate(&render(Value::concat(parts))), expected);
    }

    #[test]
    fn adjacent_texts_of_a_sub_mean_the_same(left in awkward(), right in awkward()) {
        let parts = vec![Part::Text(left.clone()), Part::Expression(Intrinsic::Ref(id("A"))), Part::Text(right.clone())];
        prop_assert_eq!(evaluate(&render(Value::<String>::Intrinsic(Intrinsic::Sub(parts)))), format!("{left}<A>{right}"));
    }

    #[test]
    fn json_as_text_reads_as_itself(json in any_json()) {
        let text = Json::from(json.clone()).to_text();
        let text = text.literal().expect("no expressions, so a literal");
        prop_assert_eq!(serde_json::from_str::<Plain>(text).unwrap(), json);
    }

    #[test]
    fn json_with_an_expression_reads_as_itself(json in any_json()) {
        let with = Json::list([Json::from(json.clone()), reference("Topic").into()]);
        let text = evaluate(&render(with.to_text()));
        prop_assert_eq!(serde_json::from_str::<Plain>(&text).unwrap(), json!([json, "<Topic>"]));
    }
}
