//! `--app`: assemblies that somebody else wrote, the stock CDK's among them.

use std::fs;

use crate::deploy::aws_fake::result;
use crate::deploy::world::{OWN, World, events, no_stack, stack};

const BUCKET: &str = "cdk-hnb659fds-assets-111122223333-us-east-1";
const CODE: &str = "950a8f27646e6d45545baf26e8071db6540ecd1b337f34dcdec6228e0123ff21.zip";
const DATA: &str = "ab30044481a658de3317d5dc119397395022ccaa36d675fbaa0b9f09461bf72c.json";

/// What is named before something is changed.
const STACKS: &str =
    "stack    Prod-Inner in us-east-1\nstack    Storage in us-east-1\nstack    resize-pictures in us-east-1\n";

/// A folder with the assembly of `synth/tests/cdk/app.js` and no configuration.
fn world() -> World {
    let world = World::new().knows_us();
    let folder = world.folder.path();
    fs::remove_file(folder.join("stack.toml")).unwrap();
    fs::rename(folder.join("cdk.out"), folder.join("ours")).unwrap();
    let from = testing::checkout().join("synth/tests/cdk/assembly");
    synth::CloudAssembly::read(&from).unwrap().write(folder.join("cdk.out")).unwrap();
    for file in [format!("asset.{}/index.js", CODE.trim_end_matches(".zip")), format!("asset.{DATA}")] {
        let to = folder.join("cdk.out").join(&file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from.join(&file), to).unwrap();
    }
    world
}

fn says(world: &World, code: i32, arguments: &[&str]) -> String {
    world.says(code, &[arguments, &["--app", "cdk.out", "--region", "us-east-1"]].concat())
}

#[test]
fn an_assembly_of_the_stock_cdk_is_compared() {
    let world = world().on("DescribeStacks", no_stack());
    insta::assert_snapshot!(says(&world, 0, &["diff", "--stack", "resize-pictures", "--parameters", "Address=here"]), @r#"
    resize-pictures in us-east-1: a new stack of 3 resources

    Resources
      + Function76856677                       AWS::Lambda::Function
      + FunctionServiceRole675BB04A            AWS::IAM::Role
      + FunctionServiceRoleDefaultPolicy2F49994A AWS::IAM::Policy

    Parameters
          Address
            + here
          BootstrapVersion
            + /cdk-bootstrap/hnb659fds/version

    Outputs
          FunctionName
            + ${Function76856677}

    Template
          Rules
            + {"CheckBootstrapVersion":{"Asserti…recent version of the CDK CLI."}]}}

    Permissions
      FunctionServiceRole675BB04A
        + Allow managed policy
            on arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole
      FunctionServiceRole675BB04A (may be assumed)
        + Allow sts:AssumeRole
            for lambda.amazonaws.com
      FunctionServiceRoleDefaultPolicy2F49994A
        + Allow s3:GetBucket*, s3:GetObject*, s3:List*
            on {"Fn::ImportValue":"Storage:ExportsOutputFnGetAttUploads4F6EB0FDArn5513CBEA"}
        + Allow s3:GetBucket*, s3:GetObject*, s3:List*
            on {"Fn::ImportValue":"Storage:ExportsOutputFnGetAttUploads4F6EB0FDArn5513CBEA"}/*
    "#);
    assert!(says(&world, 0, &["diff"]).contains("Prod-Inner in us-east-1: a new stack of 1 resource\n"));
}

#[test]
fn an_assembly_of_the_stock_cdk_is_deployed() {
    let done = |kind| events(&[("vod", OWN, kind, "")]);
    let mut world = world().plans("CREATE_COMPLETE", "", "");
    for _ in 0..3 {
        world = world.on("DescribeStacks", no_stack());
    }
    for _ in 0..3 {
        world = world
            .on("DescribeStacks", stack("CREATE_COMPLETE"))
            .on("DescribeStackEvents", events(&[]))
            .on("DescribeStackEvents", done("CREATE_COMPLETE"));
    }
    let world = world
        .on("ExecuteChangeSet", result("ExecuteChangeSet", ""))
        .on(&format!("HEAD /{BUCKET}/{CODE}"), (404, String::new()))
        .on(&format!("PUT /{BUCKET}/{CODE}"), (200, String::new()))
        .on(&format!("HEAD /{BUCKET}/{DATA}"), (200, String::new()))
        .on("UpdateTerminationProtection", result("UpdateTerminationProtection", "<StackId>1</StackId>"));
    let said = says(&world, 0, &["deploy", "--yes", "--parameters", "resize-pictures:Address=here"]);
    assert!(said.contains(STACKS) && said.contains("Uploaded "), "{said}");
    let requests = world.aws.bodies_of("CreateChangeSet");
    let names = ["StackName=Prod-Inner&", "StackName=Storage&", "StackName=resize-pictures&"];
    for (request, name) in requests.iter().zip(names) {
        assert!(request.contains(name) && request.contains("CAPABILITY_IAM"), "{request}");
    }
    let parameters = "Parameters.member.1.ParameterKey=Address&Parameters.member.1.ParameterValue=here";
    assert!(requests[2].contains(parameters) && !requests[2].contains("Key=BootstrapVersion"), "{}", requests[2]);
    assert!(requests[1].contains("Tags.member.1.Key=Team"), "{}", requests[1]);
    assert!(world.aws.bodies_of(&format!("PUT /{BUCKET}/{CODE}"))[0].starts_with("PK"), "the folder is zipped");
    assert_eq!(world.aws.bodies_of("UpdateTerminationProtection").len(), 1);
}

#[test]
fn what_is_missing_is_named() {
    let world = world().on("DescribeStacks", no_stack());
    let deploy = ["deploy", "--yes", "--stack", "resize-pictures"];
    insta::assert_snapshot!(says(&world, 2, &deploy), @r"
    account  111122223333
    caller   arn:aws:iam::111122223333:user/ann
             keys of the environment
    stack    resize-pictures in us-east-1

      × the stack resize-pictures needs a value for its parameter Address
      help: give it with `--parameters resize-pictures:Address=VALUE`
    ");
    insta::assert_snapshot!(says(&world, 2, &[&deploy[..], &["--parameters", "Adress=here"]].concat()), @r"
    account  111122223333
    caller   arn:aws:iam::111122223333:user/ann
             keys of the environment
    stack    resize-pictures in us-east-1

      × no stack has a parameter Adress
      help: write it as `NAME=VALUE` or as `STACK:NAME=VALUE`
    ");
    let missing = "<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>";
    let world = world
        .on(&format!("HEAD /{BUCKET}/{CODE}"), (404, String::new()))
        .on(&format!("PUT /{BUCKET}/{CODE}"), (404, missing.to_owned()));
    insta::assert_snapshot!(says(&world, 1, &[&deploy[..], &["--parameters", "Address=here"]].concat()), @r"
    account  111122223333
    caller   arn:aws:iam::111122223333:user/ann
             keys of the environment
    stack    resize-pictures in us-east-1

    resize-pictures in us-east-1: a new stack of 3 resources
      1 AWS::IAM::Policy, 1 AWS::IAM::Role, 1 AWS::Lambda::Function
      × there is no bucket cdk-hnb659fds-assets-111122223333-us-east-1 for the
      │ files of the stacks
      help: `npx aws-cdk bootstrap` makes the one that assemblies name; with
            `assets.bucket` in stack.toml another is used
    ");
    assert!(!world.aws.seen().contains(&"CreateChangeSet".to_owned()));
}

#[test]
fn what_only_the_cdk_can_deploy_is_named() {
    let world = world();
    let path = world.folder.path().join("cdk.out/Resize.assets.json");
    let image = r#""dockerImages": {"1":{"source":{"directory":"image"},"destinations":{}}}"#;
    let assets = fs::read_to_string(&path).unwrap().replace(r#""dockerImages": {}"#, image);
    fs::write(path, assets).unwrap();
    insta::assert_snapshot!(says(&world, 2, &["diff"]), @r"
    × `cdk.out/Resize.assets.json` has a container image, which only the CDK
      │ command line can deploy
      help: deploy it with `npx aws-cdk deploy --app FOLDER`, or build without
            that part
    ");
    assert!(world.says(2, &["diff", "--app", "nowhere"]).contains("cannot read `nowhere/manifest.json`"));
    assert!(world.says(2, &["diff", "--app", "cdk.out", "--config", "stack.toml"]).contains("cannot be used with"));
}

#[test]
fn a_stack_that_is_gone_is_removed_by_its_assembly() {
    let world = world()
        .on("DescribeStacks", stack("CREATE_COMPLETE"))
        .on("DescribeStacks", stack("DELETE_COMPLETE"))
        .has_template(r#"{"Resources":{"Function76856677":{"Type":"AWS::Lambda::Function"}}}"#)
        .on("ListStackResources", result("ListStackResources", "<StackResourceSummaries></StackResourceSummaries>"))
        .on("DescribeStackEvents", events(&[]))
        .on("DescribeStackEvents", events(&[("vod", OWN, "DELETE_COMPLETE", "")]))
        .on("DeleteStack", result("DeleteStack", ""));
    let said = says(&world, 0, &["destroy", "--yes", "--stack", "resize-pictures"]);
    assert!(said.contains("stack    resize-pictures in us-east-1\n") && said.contains("DELETE_COMPLETE"), "{said}");
}

#[test]
fn our_own_assembly_needs_no_configuration() {
    let world = world().on("DescribeStacks", no_stack());
    let said = world.says(0, &["diff", "--app", "ours"]);
    assert!(said.contains("vod in us-east-1: a new stack of 99 resources"), "{said}");
    let said = world.says(2, &["destroy", "--yes", "--app", "ours"]);
    assert!(said.contains("there is no stack vod"), "{said}");
}

#[test]
fn a_stack_that_fixes_no_region_needs_one() {
    let said = world().says(2, &["deploy", "--yes", "--app", "cdk.out"]);
    assert!(said.contains("no region is known for the stack Prod-Inner") && said.contains("`--region`"), "{said}");
}
