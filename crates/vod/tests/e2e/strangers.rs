//! Who is no program of the user's that holds the credentials reaches nothing of an emulator.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::e2e::caller::Caller;
use crate::e2e::emulator::{ACCOUNT, Emulator, REGION};

/// What a browser adds to the request of a page of another origin.
const PAGE: [(&str, &str); 5] = [
    ("Origin", "https://evil.example"),
    ("Origin", "null"),
    ("Origin", "http://127.0.0.1:3000"),
    ("Sec-Fetch-Site", "cross-site"),
    ("Sec-Fetch-Site", "same-site"),
];

fn status(request: ureq::RequestBuilder<ureq::typestate::WithoutBody>) -> u16 {
    request.config().http_status_as_error(false).build().call().unwrap().status().as_u16()
}

#[test]
fn no_page_and_no_other_name_reaches_the_emulator() {
    let emulator = Emulator::start(&[]);
    emulator.put_object("bucket", "secret.txt", b"secret");
    let health = format!("{}/_ministack/health", emulator.url());
    assert_eq!(status(ureq::get(&health)), 200);
    for (name, value) in PAGE {
        assert_eq!(status(ureq::get(&health).header(name, value)), 403, "{name}: {value}");
        let signed = emulator.root().send("s3", "GET", "/bucket/secret.txt", &[(name, value)], b"");
        assert_eq!(signed.status(), 403, "{name}: {value}");
        let preflight = emulator.root().send("s3", "OPTIONS", "/bucket/secret.txt", &[(name, value)], b"");
        assert_eq!(preflight.status(), 403, "{name}: {value}");
    }
    let port = emulator.url().rsplit_once(':').unwrap().1.to_owned();
    for host in ["evil.example".to_owned(), format!("evil.example:{port}"), format!("localhost.evil.example:{port}")] {
        assert_eq!(status(ureq::get(&health).header("Host", &host)), 403, "{host}");
    }
    assert_eq!(status(ureq::get(&health).header("Host", format!("localhost:{port}"))), 200);

    // No answer lets another origin read it.
    let answers = [
        emulator.root().send("s3", "GET", "/bucket/secret.txt", &[], b""),
        emulator.root().send("lambda", "GET", "/2015-03-31/functions", &[], b""),
    ];
    for answer in answers {
        assert_eq!(answer.status(), 200);
        let shared: Vec<_> =
            answer.headers().keys().filter(|name| name.as_str().starts_with("access-control")).collect();
        assert!(shared.is_empty(), "{shared:?}");
    }
}

#[test]
fn only_the_credentials_of_the_account_open_the_emulator() {
    let emulator = Emulator::start(&[]);
    emulator.put_object("bucket", "secret.txt", b"secret");
    let root = emulator.root();
    let with = |key: &str, secret: &str| Caller { key: key.to_owned(), secret: secret.to_owned(), ..root.clone() };
    let strangers = [
        with("test", "test"),
        with(ACCOUNT, "test"),
        with("111122223333", &root.secret),
        with("test", &root.secret),
        with(&root.key, "test"),
        with(&root.key, "another secret, as long as the right one"),
    ];
    let requests = [
        ("s3", "GET", "/bucket/secret.txt", ""),
        ("s3", "PUT", "/bucket/other.txt", "x"),
        ("lambda", "POST", "/2015-03-31/functions", "{}"),
        ("lambda", "POST", "/2015-03-31/functions/f/invocations", "{}"),
        ("sts", "POST", "/", "Action=GetCallerIdentity&Version=2011-06-15"),
        ("iam", "POST", "/", "Action=CreateUser&UserName=u&Version=2010-05-08"),
    ];
    for (service, method, path, body) in requests {
        let form = [("Content-Type", "application/x-www-form-urlencoded")];
        for stranger in &strangers {
            let answer = stranger.send(service, method, path, &form, body.as_bytes());
            assert!([400, 401, 403].contains(&answer.status().as_u16()), "{service} as {}: {answer:?}", stranger.key);
        }
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let unsigned = ureq::http::Request::builder().method(method).uri(format!("{}{path}", root.url));
        let unsigned = unsigned.header("Content-Type", "text/plain").body(body.to_owned()).unwrap();
        assert_eq!(agent.run(unsigned).unwrap().status(), 403, "{service} unsigned");
    }
    assert_eq!(root.send("s3", "GET", "/bucket/other.txt", &[], b"").status(), 404);

    // A signature in the query, which needs no header.
    let query = |secret: &str| format!("{}/bucket/secret.txt?{}", root.url, presigned(&with(&root.key, secret)));
    assert_eq!(status(ureq::get(query(&root.secret))), 200);
    assert_eq!(status(ureq::get(query("another secret, as long as the right one"))), 403);
    let cut = query(&root.secret).replace("X-Amz-Signature=", "X-Amz-Other=");
    assert_eq!(status(ureq::get(cut)), 400);
}

/// The query of an address that everybody may read the object at.
fn presigned(caller: &Caller) -> String {
    use aws_sigv4::http_request::{
        PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
        UriPathNormalizationMode, sign,
    };
    use aws_sigv4::sign::v4;
    let identity = aws_credential_types::Credentials::new(&caller.key, &caller.secret, None, None, "e2e").into();
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.expires_in = Some(Duration::from_mins(1));
    let parameters = v4::SigningParams::builder().identity(&identity).region(REGION).name("s3");
    let parameters = parameters.time(std::time::SystemTime::now()).settings(settings).build().unwrap().into();
    let uri = format!("{}/bucket/secret.txt", caller.url);
    let request = SignableRequest::new("GET", uri, std::iter::empty(), SignableBody::UnsignedPayload).unwrap();
    let (signature, _) = sign(request, &parameters).unwrap().into_parts();
    let encode = |text: &str| text.replace('/', "%2F").replace(':', "%3A");
    signature.params().iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
}

#[test]
fn the_emulators_own_addresses_are_closed() {
    let emulator = Emulator::start(&[]);
    emulator.put_object("bucket", "kept.txt", b"kept");
    let closed = [
        ("POST", "/_ministack/reset"),
        ("POST", "/_ministack/config"),
        ("GET", "/_ministack/ready"),
        ("POST", "/_ministack/health"),
        ("GET", "/_ministack/lambda-code/000000000000/us-east-1/f"),
        ("GET", "/_ministack/sqs/messages"),
        ("GET", "/_ministack/ses/messages"),
        ("GET", "/_localstack/health"),
        ("GET", "/_aws/lambda-url/x/"),
        ("GET", "/_alb/x"),
        ("GET", "/%5Fministack/ready"),
    ];
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    for (method, path) in closed {
        assert_eq!(emulator.root().send("s3", method, path, &[], b"{}").status(), 403, "{method} {path}");
        // What asks for a distribution needs no signature.
        let viewer = ureq::http::Request::builder().method(method).uri(format!("{}{path}", emulator.url()));
        let viewer = viewer.header("Host", "d111111abcdef8.cloudfront.net").header("X-Forwarded-Proto", "https");
        assert_eq!(agent.run(viewer.body("").unwrap()).unwrap().status(), 403, "{method} {path}");
    }
    for method in ["POST", "PUT", "DELETE"] {
        let viewer = ureq::http::Request::builder().method(method).uri(format!("{}/bucket/kept.txt", emulator.url()));
        let viewer = viewer.header("Host", "d111111abcdef8.cloudfront.net").body("x").unwrap();
        assert_eq!(agent.run(viewer).unwrap().status(), 403, "{method}");
    }
    let viewer = ureq::get(format!("{}/bucket/kept.txt", emulator.url()));
    assert_eq!(status(viewer.header("Host", "d111111abcdef8.cloudfront.net")), 403, "there is no such distribution");
    assert_eq!(emulator.get_object("bucket", "kept.txt").as_deref(), Some("kept"));
}

/// A function that shows what it is given, and never asks for an event.
const CURIOUS: &str = "#!/bin/sh\nenv > \"$TMPDIR/environment.part\"\n\
                       mv \"$TMPDIR/environment.part\" \"$TMPDIR/environment\"\nsleep 20\n";

#[test]
fn a_function_holds_its_own_credentials_and_answers_no_page() {
    let emulator = Emulator::start(&[]);
    let root = emulator.root();
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole",
    }] });
    let form = [("Action", "CreateRole"), ("RoleName", "curious"), ("AssumeRolePolicyDocument", &trust.to_string())];
    emulator.query("iam", &form);
    let (program, zip) = (emulator.state().join("bootstrap"), emulator.state().join("code.zip"));
    fs_err::write(&program, CURIOUS).unwrap();
    package::pack(&program, &zip).unwrap();
    emulator.put_object("code", "code.zip", &fs_err::read(&zip).unwrap());
    let role = format!("arn:aws:iam::{ACCOUNT}:role/curious");
    let body = json!({
        "FunctionName": "curious", "Runtime": "provided.al2023", "Handler": "x", "Role": role, "Timeout": 20,
        "Code": { "S3Bucket": "code", "S3Key": "code.zip" },
    });
    let mut made = root.send("lambda", "POST", "/2015-03-31/functions", &[], body.to_string().as_bytes());
    assert_eq!(made.status(), 201, "{:?}", made.body_mut().read_to_string());
    let event = [("X-Amz-Invocation-Type", "Event")];
    let started = root.send("lambda", "POST", "/2015-03-31/functions/curious/invocations", &event, b"{}");
    assert_eq!(started.status(), 202);

    let environment = environment_of(&emulator.state().join("environment"), &emulator);
    let value = |name: &str| {
        let line = environment.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.unwrap_or_else(|| panic!("{name}: {environment}"))
    };
    assert!(!environment.contains(&root.key) && !environment.contains(&root.secret), "{environment}");

    // Its interface is for its process alone.
    let interface = value("AWS_LAMBDA_RUNTIME_API");
    let next = format!("http://{interface}/2018-06-01/runtime/invocation/x/response");
    for (name, value) in PAGE.into_iter().chain([("Host", "evil.example")]) {
        let answer = ureq::post(&next).header(name, value).config().http_status_as_error(false).build();
        assert_eq!(answer.send("{}").unwrap().status(), 403, "{name}: {value}");
    }

    // Its credentials open what its role may do, and do not follow from names that everybody knows.
    let own = Caller {
        key: value("AWS_ACCESS_KEY_ID").to_owned(),
        secret: value("AWS_SECRET_ACCESS_KEY").to_owned(),
        token: Some(value("AWS_SESSION_TOKEN").to_owned()),
        ..root.clone()
    };
    let whoami = |caller: &Caller| {
        let form = [("Content-Type", "application/x-www-form-urlencoded")];
        caller.send("sts", "POST", "/", &form, b"Action=GetCallerIdentity&Version=2011-06-15").status().as_u16()
    };
    assert_eq!(whoami(&own), 200);
    let sha = |text: String| hex::encode(Sha256::digest(text));
    let digest = sha(format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:curious:{role}"));
    let guessed = Caller {
        key: format!("ASIA{}", digest[..16].to_uppercase()),
        secret: sha(format!("secret:{digest}")),
        token: Some(sha(format!("token:{digest}"))),
        ..root
    };
    assert_eq!(whoami(&guessed), 403);
}

fn environment_of(file: &Path, emulator: &Emulator) -> String {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !file.exists() {
        assert!(Instant::now() < deadline, "the function did not start:\n{}", emulator.log());
        thread::sleep(Duration::from_millis(50));
    }
    fs_err::read_to_string(file).unwrap()
}
