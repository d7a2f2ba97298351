//! The least-privilege proof: what the handlers call, against what their roles allow, both ways.
//!
//! The runtime's tests write every call of AWS down ([`wire`]). Each must be allowed by its function's policy in the template of
//! the configuration with everything on, and each statement of those policies must be used: every action of it on some
//! resource, and every resource of it by some action. What the Lambda service or another one does with a function's
//! role is declared, with the reason.

mod calls;
mod policies;

use std::path::PathBuf;

use miette::bail;

use self::calls::Call;
use self::policies::{Grant, abridged};
use crate::wire;
use crate::workspace::Workspace;

/// What functions are allowed for others' sake: an action or the start of some, a part of the resource, and why.
const DECLARED: [(&str, &str, &str); 9] = [
    ("logs:", "", "Lambda writes what functions log, with their roles"),
    ("xray:", "", "Lambda sends the traces of functions, with their roles"),
    ("ec2:", "", "Lambda puts functions into a VPC, with their roles"),
    ("mediaconvert:ListJobTemplates", "", "AWS's reference authorizes the call GetJobTemplate by this action as well"),
    ("mediaconvert:", "jobTemplates/vod-everything-", "updates from earlier versions delete templates of these names"),
    ("sqs:SendMessage", "NotificationsEventDeadLetters", "Lambda sends events that a function failed on"),
    ("s3:ListBucket", "StorageSource", "S3 says that an object is missing only to those who may list the bucket"),
    ("kms:GenerateDataKey", "", "SNS and SQS encrypt with the sender's permissions"),
    ("kms:Decrypt", "", "SNS and SQS check the encrypted data key with the sender's permissions"),
];

/// Compares the calls with the policies of the templates, prints the table and fails when they differ.
pub(crate) fn prove(workspace: &Workspace, templates: &[PathBuf]) -> miette::Result<()> {
    let grants = policies::read(templates)?;
    let calls = calls::read(&wire::files(workspace)?)?;
    println!("{:<22} {:<34} {:<10} on", "handler", "action", "");
    let mut faults = 0;
    for grant in &grants {
        let how = usage(grant, &grants, &calls);
        faults += usize::from(how == Usage::Unused);
        let how = match how {
            Usage::Used(times) => format!("{times} calls"),
            Usage::Sibling => "together".to_owned(),
            Usage::Declared => "declared".to_owned(),
            Usage::Unused => "UNUSED".to_owned(),
        };
        println!("{:<22} {:<34} {how:<10} {}", grant.handler, grant.action, abridged(&grant.shown));
    }
    for call in &calls {
        if !grants.iter().any(|grant| grant.allows(call)) {
            faults += 1;
            println!("{:<22} {:<34} {:<10} {}", call.handler, call.action, "DENIED", call.resource);
        }
    }
    println!("\ndeclared, because nothing in a handler's code makes these calls:");
    for (action, resource, reason) in DECLARED {
        println!("  {action}{} {resource}: {reason}", if action.ends_with(':') { "*" } else { "" });
    }
    if faults > 0 {
        bail!("{faults} permissions are unused or missing");
    }
    println!("\n{} permissions, {} different calls: all allowed, all used", grants.len(), calls.len());
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
enum Usage {
    /// By so many different calls.
    Used(usize),
    /// Its action on another resource of the statement, and its resource by another action.
    Sibling,
    /// By others, as declared.
    Declared,
    Unused,
}

fn usage(grant: &Grant, grants: &[Grant], calls: &[Call]) -> Usage {
    let used = |grant: &Grant| calls.iter().filter(|call| grant.allows(call)).count();
    match used(grant) {
        0 if is_declared(grant) => Usage::Declared,
        0 => {
            let siblings = || grants.iter().filter(|other| other.statement == grant.statement && used(other) > 0);
            let action = siblings().any(|other| other.action == grant.action);
            let resource = siblings().any(|other| other.pattern == grant.pattern);
            if action && resource { Usage::Sibling } else { Usage::Unused }
        }
        times => Usage::Used(times),
    }
}

fn is_declared(grant: &Grant) -> bool {
    DECLARED.iter().any(|(action, resource, _)| grant.action.starts_with(action) && grant.shown.contains(resource))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(statement: usize, action: &str, pattern: &str) -> Grant {
        let (action, pattern) = (action.to_owned(), pattern.to_owned());
        Grant { handler: "encode".to_owned(), statement, action, shown: pattern.clone(), pattern }
    }

    #[test]
    fn a_statement_is_used_when_each_action_and_each_resource_is() {
        let call = |action: &str, resource: &str| Call {
            handler: "encode".to_owned(),
            action: action.to_owned(),
            resource: resource.to_owned(),
        };
        let calls = [call("s3:GetObject", "a/1"), call("s3:PutObject", "b/1")];
        let grants = [
            grant(0, "s3:GetObject", "a/*"),
            grant(0, "s3:GetObject", "b/*"),
            grant(0, "s3:PutObject", "b/*"),
            grant(0, "s3:DeleteObject", "b/*"),
            grant(1, "s3:GetObject", "c/*"),
            grant(2, "xray:PutTraceSegments", "*"),
        ];
        let usages: Vec<_> = grants.iter().map(|grant| usage(grant, &grants, &calls)).collect();
        assert_eq!(
            usages,
            [Usage::Used(1), Usage::Sibling, Usage::Used(1), Usage::Unused, Usage::Unused, Usage::Declared]
        );
    }
}
