//! Bad configurations, and the messages that they get: the words, the underlined place and the hint.

use std::path::PathBuf;

use config::{Config, File, Input, load};
use miette::{GraphicalReportHandler, GraphicalTheme};

/// Every problem as it is drawn, without colours, 80 columns wide.
fn drawn(input: &Input) -> String {
    let problems = load(input).expect_err("the configuration is wrong");
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(80);
    let mut text = String::new();
    for problem in &problems.0 {
        handler.render_report(&mut text, problem).expect("a text takes every message");
    }
    // Without the ends of lines that are only spaces.
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn of_file(text: &str) -> Input {
    Input { file: Some(File { path: PathBuf::from("stack.toml"), text: text.to_owned() }), ..Input::default() }
}

fn of_sets(sets: &[&str]) -> Input {
    Input { sets: sets.iter().map(ToString::to_string).collect(), ..Input::default() }
}

fn of_variables(variables: &[(&str, &str)]) -> Input {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Input { variables, ..Input::default() }
}

/// The message of a file and its first help, each on a line: for tables of cases.
fn in_short(text: &str) -> String {
    use miette::Diagnostic;
    let problems = load(&of_file(text)).expect_err("the configuration is wrong");
    let lines = problems.0.iter().map(|problem| {
        let help = problem.help().map(|help| help.to_string()).unwrap_or_default();
        format!("{problem}\n  {help}\n")
    });
    lines.collect()
}

/// A table of cases as one text.
fn table(cases: &[&str]) -> String {
    cases.iter().map(|text| format!("{text}\n→ {}", in_short(text))).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_unknown_key_is_shown_with_the_likely_one() {
    insta::assert_snapshot!(drawn(&of_file("name = \"vod\"\n\n[encoding]\nfamly = \"qvbr\"\n")), @r#"
     × there is no key `encoding.famly`
      ╭─[stack.toml:4:1]
    3 │ [encoding]
    4 │ famly = "qvbr"
      · ─────
      ╰────
     help: did you mean "family"?
    "#);
}

#[test]
fn a_wrong_type_is_shown_with_the_right_one() {
    insta::assert_snapshot!(drawn(&of_file("[notifications]\nsns = \"yes\"\n")), @r#"
     × `notifications.sns` cannot be the text "yes"
      ╭─[stack.toml:2:7]
    1 │ [notifications]
    2 │ sns = "yes"
      ·       ─────
      ╰────
     help: use true or false
    "#);
}

#[test]
fn broken_toml_is_shown() {
    insta::assert_snapshot!(drawn(&of_file("name = \"vod\nregion = \"eu-central-1\"\n")), @r#"
     × this is not TOML: invalid basic string, expected `"`
      ╭─[stack.toml:1:12]
    1 │ name = "vod
      ·            ▲
    2 │ region = "eu-central-1"
      ╰────
     help: write it as TOML (https://toml.io): texts stand between quotes
    "#);
}

#[test]
fn a_misspelt_key_is_one_problem_and_not_that_its_value_is_missing_too() {
    let cases = [
        "[distribution]\naliass = \"video.example.com\"\ncertificate_arn = \"arn:aws:acm:us-east-1:111122223333:certificate/1\"",
        "distribution_alias = \"video.example.com\"\n[distribution]\nhsts = \"subdomains\"",
        "[encoding.queue]\nname = \"films\"\nhop = [{ quue = \"spare\", wait_minutes = 30 }]",
    ];
    insta::assert_snapshot!(table(&cases), @r#"
    [distribution]
    aliass = "video.example.com"
    certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/1"
    → there is no key `distribution.aliass`
      did you mean "alias"?

    distribution_alias = "video.example.com"
    [distribution]
    hsts = "subdomains"
    → there is no key `distribution_alias`
      did you mean "distribution"?

    [encoding.queue]
    name = "films"
    hop = [{ quue = "spare", wait_minutes = 30 }]
    → there is no key `encoding.queue.hop.quue`
      did you mean "queue"?
    "#);
}

#[test]
fn every_problem_is_shown_at_once() {
    let text = "name = \"My-Vod\"\nregion = \"europe\"\ncolour = \"red\"\n[functions]\nlog_retention_days = 45\n";
    insta::assert_snapshot!(drawn(&of_file(text)), @r#"
     × `name`: "My-Vod" is not a stack name
      ╭─[stack.toml:1:8]
    1 │ name = "My-Vod"
      ·        ────────
    2 │ region = "europe"
      ╰────
     help: use at most 40 lower case letters, digits and hyphens, beginning with
           a letter
     × `region`: "europe" is not an AWS region
      ╭─[stack.toml:2:10]
    1 │ name = "My-Vod"
    2 │ region = "europe"
      ·          ────────
    3 │ colour = "red"
      ╰────
     help: use a region's code, for example "eu-central-1"
     × there is no key `colour`
      ╭─[stack.toml:3:1]
    2 │ region = "europe"
    3 │ colour = "red"
      · ──────
    4 │ [functions]
      ╰────
     help: use one of "name", "region", "account", "admin_email",
           "export_outputs", "tags", "source", "encoding", "packaging",
           "notifications", "functions", "storage", "distribution", "player",
           "alarms", "assets", "ci"
     × `functions.log_retention_days`: 45 days is not a retention that CloudWatch
     │ Logs offers
      ╭─[stack.toml:5:22]
    4 │ [functions]
    5 │ log_retention_days = 45
      ·                      ──
      ╰────
     help: use 60, the next longer one
    "#);
}

#[test]
fn a_combination_is_shown_with_both_places() {
    let text = "[distribution.geo]\nallow = [\"DE\"]\ndeny = [\"FR\"]\n";
    insta::assert_snapshot!(drawn(&of_file(text)), @r#"
     × countries can be allowed or denied, not both
      ╭─[stack.toml:2:9]
    1 │ [distribution.geo]
    2 │ allow = ["DE"]
      ·         ──────
    3 │ deny = ["FR"]
      ·        ──────
      ╰────
     help: use `allow` if all others are to be shut out, and `deny` if all others
           are to be let in
    "#);
}

#[test]
fn a_variable_is_shown_as_it_was_set() {
    insta::assert_snapshot!(drawn(&of_variables(&[("VOD_ENCODING__FAMILY", "qvrb"), ("VOD_SOURCE__TRIGER", "both")])), @r#"
     × `encoding.family` cannot be "qvrb"
      ╭─[environment:1:22]
    1 │ VOD_ENCODING__FAMILY=qvrb
      ·                      ────
      ╰────
     help: did you mean "qvbr"?
     × there is no key `source.triger`
      ╭─[environment:1:1]
    1 │ VOD_SOURCE__TRIGER=both
      · ──────────────────
      ╰────
     help: did you mean "trigger"?
    "#);
}

#[test]
fn an_option_is_shown_as_it_was_given() {
    insta::assert_snapshot!(drawn(&of_sets(&["encoding.queue.priority=99", "encoding.mp4", "a b=1", "name=[1"])), @r#"
     × `encoding.queue.priority`: 99 is out of range
      ╭─[--set:1:25]
    1 │ encoding.queue.priority=99
      ·                         ──
      ╰────
     help: use a number from -50 to 50
     × `--set encoding.mp4` has no `=`
      ╭─[--set:1:1]
    1 │ encoding.mp4
      · ────────────
      ╰────
     help: use `--set key.path=value`, for example `--set encoding.family=cmaf`
     × `a b` is not a key
      ╭─[--set:1:1]
    1 │ a b=1
      · ─────
      ╰────
     help: use keys with dots between them, for example `encoding.family`
     × this is not TOML: unclosed array, expected `]`
      ╭─[--set:1:7]
    1 │ name=[1
      ·       ─
      ╰────
     help: write it as TOML (https://toml.io): texts stand between quotes
    "#);
}

#[test]
fn a_combination_across_layers_is_shown_at_the_last_one() {
    let mut input = of_file("[source]\nbucket = \"my-videos\"\n");
    input.sets = vec!["source.archive=GLACIER".to_owned()];
    insta::assert_snapshot!(drawn(&input), @r#"
     × an existing source bucket cannot be archived, because its lifecycle rules
     │ are not the stack's
      ╭─[--set:1:16]
    1 │ source.archive=GLACIER
      ·                ───────
      ╰────
     help: use `archive = "DISABLED"` and a lifecycle rule of your own, or leave
           `source.bucket` out
    "#);
}

#[test]
fn a_missing_template_folder_is_shown() {
    insta::assert_snapshot!(drawn(&of_file("[encoding]\ntemplates = \"no/such/folder\"\n")), @r#"
     × there is no folder `no/such/folder`
      ╭─[stack.toml:2:13]
    1 │ [encoding]
    2 │ templates = "no/such/folder"
      ·             ────────────────
      ╰────
     help: use the path of a folder with your own job templates; in a file it
           begins at the file's folder
    "#);
}

#[test]
fn values_that_do_not_fit() {
    insta::assert_snapshot!(table(&[
        r#"name = "a-name-that-goes-on-for-more-than-forty-characters""#,
        r#"name = "Vod""#,
        r#"name = "1vod""#,
        r#"region = "frankfurt""#,
        "account = 123456789012",
        r#"account = "1234""#,
        r#"admin_email = "nobody""#,
        r#"admin_email = "Admin <admin@example.com>""#,
        r#"tags = { "a*b" = "x" }"#,
        r#"tags = ["a"]"#,
        r#"source.trigger = "audio""#,
        r#"source.bucket = "My_Videos""#,
        r#"source.archive = "glacier""#,
        r#"encoding = "qvbr""#,
        "encoding.family = 1",
        "encoding.acceleration = true",
        "encoding.rotation = 90",
        "encoding.queue.priority = 51",
        "encoding.queue.priority = 1.5",
        r#"encoding.queue = { name = "a", hop = [{ queue = "b" }] }"#,
        r#"encoding.queue = { name = "a", hop = [{ queue = "b", wait_minutes = 0 }] }"#,
        r#"encoding.queue = { name = "a", hop = [{ queue = "b", wait_minutes = 5, wait = 1 }] }"#,
    ]), @r#"
    name = "a-name-that-goes-on-for-more-than-forty-characters"
    → `name`: "a-name-that-goes-on-for-more-than-forty-characters" is not a stack name
      use at most 40 lower case letters, digits and hyphens, beginning with a letter

    name = "Vod"
    → `name`: "Vod" is not a stack name
      use at most 40 lower case letters, digits and hyphens, beginning with a letter

    name = "1vod"
    → `name`: "1vod" is not a stack name
      use at most 40 lower case letters, digits and hyphens, beginning with a letter

    region = "frankfurt"
    → `region`: "frankfurt" is not an AWS region
      use a region's code, for example "eu-central-1"

    account = 123456789012
    → `account` cannot be the number 123456789012
      use a text, between quotes

    account = "1234"
    → `account`: "1234" is not an AWS account
      use the account's 12 digits, between quotes

    admin_email = "nobody"
    → `admin_email`: "nobody" is not an e-mail address
      use one address, for example "admin@example.com"

    admin_email = "Admin <admin@example.com>"
    → `admin_email`: "Admin <admin@example.com>" is not an e-mail address
      use one address, for example "admin@example.com"

    tags = { "a*b" = "x" }
    → `tags.a*b`: "a*b" is not a tag's key
      use 1 to 128 letters, digits, spaces and _ . : / = + - @

    tags = ["a"]
    → `tags` cannot be a list
      use a table

    source.trigger = "audio"
    → `source.trigger` cannot be "audio"
      use one of "video", "metadata", "both"

    source.bucket = "My_Videos"
    → `source.bucket`: "My_Videos" is not a bucket name
      use 3 to 63 lower case letters, digits, hyphens and dots, a letter or digit at both ends

    source.archive = "glacier"
    → `source.archive` cannot be "glacier"
      did you mean "GLACIER"?

    encoding = "qvbr"
    → `encoding` cannot be the text "qvbr"
      use a table

    encoding.family = 1
    → `encoding.family` cannot be the number 1
      use one of "qvbr", "mvod", "cmaf"

    encoding.acceleration = true
    → `encoding.acceleration` cannot be true
      use one of "ENABLED", "PREFERRED", "DISABLED"

    encoding.rotation = 90
    → `encoding.rotation` cannot be the number 90
      use one of "DEGREE_0", "DEGREES_90", "DEGREES_180", "DEGREES_270", "AUTO"

    encoding.queue.priority = 51
    → `encoding.queue.priority`: 51 is out of range
      use a number from -50 to 50

    encoding.queue.priority = 1.5
    → `encoding.queue.priority` cannot be the number 1.5
      use a whole number

    encoding.queue = { name = "a", hop = [{ queue = "b" }] }
    → `encoding.queue.hop` lacks `wait_minutes`
      add `wait_minutes = …`

    encoding.queue = { name = "a", hop = [{ queue = "b", wait_minutes = 0 }] }
    → `encoding.queue.hop.wait_minutes`: 0 is out of range
      use a number from 1 to 4320

    encoding.queue = { name = "a", hop = [{ queue = "b", wait_minutes = 5, wait = 1 }] }
    → there is no key `encoding.queue.hop.wait`
      use one of "queue", "wait_minutes", "priority"
    "#);
}

#[test]
fn more_values_that_do_not_fit() {
    insta::assert_snapshot!(table(&[
        r#"functions.architecture = "arm""#,
        "functions.log_retention_days = 99999",
        "functions.log_retention_days = -1",
        "functions.vpc = {}",
        r#"functions.vpc = { subnets = ["subnet-1"], security_groups = "sg-12345678" }"#,
        r#"storage.removal_policy = "delete""#,
        r#"distribution.alias = "https://video.example.com""#,
        r#"distribution.waf = "on""#,
        r#"distribution.cors_origins = ["https://example.com/"]"#,
        r#"distribution.geo.allow = ["Germany"]"#,
        "alarms.dead_letters = 0",
        "alarms.dead_letters = 99999999999999999999",
        r#"assets.qualifier = "my-own""#,
    ]), @r#"
    functions.architecture = "arm"
    → `functions.architecture` cannot be "arm"
      did you mean "arm64"?

    functions.log_retention_days = 99999
    → `functions.log_retention_days`: 99999 days is not a retention that CloudWatch Logs offers
      use 3653, the longest

    functions.log_retention_days = -1
    → `functions.log_retention_days`: -1 days is not a retention that CloudWatch Logs offers
      use 1, the next longer one

    functions.vpc = {}
    → `functions.vpc` lacks `subnets`
      add `subnets = …`

    functions.vpc = { subnets = ["subnet-1"], security_groups = "sg-12345678" }
    → `functions.vpc.subnets`: "subnet-1" is not a subnet
      use a subnet's id, for example "subnet-0123456789abcdef0"
    `functions.vpc.security_groups` cannot be the text "sg-12345678"
      use a list, `[…, …]`

    storage.removal_policy = "delete"
    → `storage.removal_policy` cannot be "delete"
      use one of "retain", "destroy"

    distribution.alias = "https://video.example.com"
    → `distribution.alias`: "https://video.example.com" is not a domain name
      use a name in lower case with neither scheme nor path, for example "video.example.com"

    distribution.waf = "on"
    → `distribution.waf`: "on" is not a firewall
      use "none", "managed", or the ARN of a CloudFront web ACL, "arn:aws:wafv2:us-east-1:<account>:global/webacl/<name>/<id>"

    distribution.cors_origins = ["https://example.com/"]
    → `distribution.cors_origins`: "https://example.com/" is not a web origin
      use "*", or scheme and host with no path, for example "https://www.example.com"

    distribution.geo.allow = ["Germany"]
    → `distribution.geo.allow`: "Germany" is not a country code
      use two capitals of ISO 3166-1, for example "DE"

    alarms.dead_letters = 0
    → `alarms.dead_letters`: 0 is out of range
      use a number from 1 to 1000000

    alarms.dead_letters = 99999999999999999999
    → `alarms.dead_letters`: 9223372036854775807 is out of range
      use a number from 1 to 1000000

    assets.qualifier = "my-own"
    → `assets.qualifier`: "my-own" is not a CDK bootstrap qualifier
      use at most 10 lower case letters and digits, as given to `cdk bootstrap --qualifier`
    "#);
}

#[test]
fn combinations_that_cannot_work() {
    insta::assert_snapshot!(table(&[
        r#"source = { bucket = "my-videos", archive = "GLACIER" }"#,
        r#"encoding = { family = "cmaf", templates = "." }"#,
        r#"encoding = { mp4 = true, templates = "." }"#,
        r#"encoding = { mp4 = true, family = "cmaf" }"#,
        r#"encoding.queue = { hop = [{ queue = "b", wait_minutes = 5 }] }"#,
        r#"encoding.queue = { name = "b", hop = [{ queue = "b", wait_minutes = 5 }] }"#,
        "functions.vpc = { subnets = [], security_groups = [] }",
        r#"distribution.alias = "video.example.com""#,
        r#"distribution.certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/1234""#,
        r#"distribution = { alias = "v.example.com", certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/1" }"#,
        "distribution.cors_origins = []",
        r#"distribution.cors_origins = ["*", "https://example.com"]"#,
        r#"distribution.geo = { allow = ["DE"], deny = ["FR"] }"#,
        r#"tags.Project = "mine""#,
        r#"tags = { "aws:mine" = "x" }"#,
    ]), @r#"
    source = { bucket = "my-videos", archive = "GLACIER" }
    → an existing source bucket cannot be archived, because its lifecycle rules are not the stack's
      use `archive = "DISABLED"` and a lifecycle rule of your own, or leave `source.bucket` out

    encoding = { family = "cmaf", templates = "." }
    → job templates come from a family or from a folder, not from both
      leave `family` out to use your own templates, or `templates` to use the family's

    encoding = { mp4 = true, templates = "." }
    → `encoding.mp4` has no effect on your own templates
      leave `mp4` out, and give the templates an MP4 output group

    encoding = { mp4 = true, family = "cmaf" }
    → only the templates of the family qvbr can write MP4 files
      use `family = "qvbr"`, or leave `mp4` out

    encoding.queue = { hop = [{ queue = "b", wait_minutes = 5 }] }
    → jobs can hop only from a queue with a name
      add `encoding.queue.name = "…"`, or leave `hop` out

    encoding.queue = { name = "b", hop = [{ queue = "b", wait_minutes = 5 }] }
    → a job cannot hop to the queue it is in
      use the name of another queue

    functions.vpc = { subnets = [], security_groups = [] }
    → a function runs in 1 to 16 subnets
      add a subnet's id, or leave `[functions.vpc]` out to run in no VPC
    a function in a VPC has 1 to 5 security groups
      add a security group's id, or leave `[functions.vpc]` out to run in no VPC

    distribution.alias = "video.example.com"
    → a domain of your own needs a certificate
      add `certificate_arn = "…"`, an ACM certificate for it in us-east-1

    distribution.certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/1234"
    → a certificate without a domain has no effect
      add `alias = "…"`, the domain that it is for

    distribution = { alias = "v.example.com", certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/1" }
    → CloudFront takes certificates only from us-east-1
      use a certificate that ACM issued in us-east-1, whatever region the stack is in

    distribution.cors_origins = []
    → without an origin no player on a web page can read the videos
      use `["*"]` for all sites, or name yours

    distribution.cors_origins = ["*", "https://example.com"]
    → `*` means every site already
      use `["*"]` alone, or leave it out

    distribution.geo = { allow = ["DE"], deny = ["FR"] }
    → countries can be allowed or denied, not both
      use `allow` if all others are to be shut out, and `deny` if all others are to be let in

    tags.Project = "mine"
    → the stack sets the tags `SolutionId` and `Project` itself
      use another key

    tags = { "aws:mine" = "x" }
    → tags that begin with `aws:` are AWS's own
      use another key
    "#);
}

#[test]
fn a_mistyped_region_gets_a_suggestion() {
    insta::assert_snapshot!(drawn(&of_file("name = \"vod\"\nregion = \"us-esat-1\"\n")), @r#"
     × `region` cannot be "us-esat-1"
      ╭─[stack.toml:2:10]
    1 │ name = "vod"
    2 │ region = "us-esat-1"
      ·          ───────────
      ╰────
     help: did you mean "us-east-1"?
    "#);
    for (text, meant) in [
        ("us-east1", "us-east-1"),
        ("US-EAST-1", "us-east-1"),
        ("eu_central_1", "eu-central-1"),
        ("eu-central-9", "eu-central-1"),
        ("ap-northest-1", "ap-northeast-1"),
        ("me-centrl-1", "me-central-1"),
    ] {
        let said = in_short(&format!("region = {text:?}"));
        assert_eq!(said, format!("`region` cannot be {text:?}\n  did you mean {meant:?}?\n"));
    }
}

#[test]
fn an_impossible_region_is_shown_with_the_reason() {
    for (region, reason) in [
        ("us-gov-west-1", "the platform does not run in AWS GovCloud (US-West): AWS GovCloud (US) has no CloudFront"),
        ("cn-northwest-1", "the platform does not run in China (Ningxia): CloudFront in China has no managed policies"),
        ("us-iso-east-1", "the platform does not run in US ISO East: it is in a partition"),
        ("eu-south-1", "eu-south-1 (Europe (Milan)) has no MediaConvert"),
        ("ap-east-1", "ap-east-1 (Asia Pacific (Hong Kong)) has no MediaConvert"),
    ] {
        let said = in_short(&format!("region = {region:?}"));
        assert!(said.starts_with(reason), "{said}");
        assert!(
            said.contains("use one of af-south-1, ap-northeast-1,") && !said.contains(&format!(" {region},")),
            "{said}"
        );
    }
    for (text, message) in [
        (
            "region = \"af-south-1\"\npackaging.media_package = true",
            "af-south-1 (Africa (Cape Town)) has no MediaPackage VOD\n  leave `media_package` out, or use one of ap-northeast-1,",
        ),
        (
            "region = \"ap-northeast-3\"\nencoding.queue = { name = \"a\", create = true }",
            "CloudFormation cannot make MediaConvert queues in ap-northeast-3 (Asia Pacific (Osaka))\n  leave `create` out,",
        ),
    ] {
        let said = in_short(text);
        assert!(said.starts_with(message) && said.lines().count() == 2, "{said}");
    }
    for fine in ["region = \"af-south-1\"", "region = \"ap-northeast-3\"\npackaging.media_package = true"] {
        assert!(load(&of_file(fine)).is_ok(), "{fine}");
    }
}

#[test]
fn packaging_wants_what_mediapackage_takes() {
    let text = "packaging.media_package = true\nencoding.family = \"cmaf\"";
    assert_eq!(
        in_short(text),
        "MediaPackage VOD takes HLS with MPEG-TS segments, which the family cmaf does not write\n  \
         use `family = \"mvod\"` or `\"qvbr\"`, or leave `media_package` out: CMAF plays without it\n"
    );
    for family in ["mvod", "qvbr"] {
        assert!(load(&of_file(&text.replace("cmaf", family))).is_ok(), "{family}");
    }
}

#[test]
fn subdomains_are_those_of_a_domain_of_ones_own() {
    assert_eq!(
        in_short("distribution.hsts = \"subdomains\""),
        "without a domain of your own there are no subdomains\n  use `hsts = \"host\"`, or add `alias` and `certificate_arn`\n"
    );
}

#[test]
fn a_configuration_without_any_layer_is_the_default() {
    assert_eq!(load(&Input::default()).unwrap(), Config::default());
}

#[test]
fn a_folder_of_the_source_bucket_begins_without_a_slash_and_ends_with_one() {
    for folder in ["in", "/in/", "in//deep/", "", "in/*/", "in/\n/"] {
        let message = in_short(&format!("[source]\nfolder = {folder:?}\n"));
        assert!(message.contains("is not a folder of a bucket"), "{folder:?}: {message}");
    }
    for folder in ["in/", "für Kunden/2026/"] {
        let config = load(&of_file(&format!("[source]\nfolder = {folder:?}\n"))).unwrap();
        assert_eq!(config.source.uploads().folder.as_deref(), Some(folder));
    }
    let many = vec!["\"*.m3u8\""; 21].join(", ");
    assert!(in_short(&format!("[source]\nignore = [{many}]\n")).contains("at most 20 patterns"));
    assert!(in_short("[source]\nignore = [\"\"]\n").contains("is not a pattern of keys"));
}
