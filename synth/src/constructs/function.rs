//! Lambda functions.

use std::collections::BTreeMap;

use super::{Role, log_group};
use crate::aws::lambda::{self, function};
use crate::aws::logs::LogGroup;
use crate::iam::{Action, Principal, Statement};
use crate::problem::Problem;
use crate::resource::Handle;
use crate::stack::Scope;
use crate::value::{Arn, Value};

/// Where a function's code lies.
#[derive(Debug, Clone)]
pub struct Code {
    /// The bucket's name.
    pub bucket: Value<String>,
    /// The zip file's key.
    pub key: Value<String>,
}

/// The network that a function runs in.
#[derive(Debug, Clone)]
pub struct Network {
    /// Subnet IDs.
    pub subnets: Vec<String>,
    /// Security group IDs.
    pub security_groups: Vec<String>,
}

/// Lambda's own limits; the registry's schema has those of functions on managed instances.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const MOST_SECONDS: u16 = 900;
const MOST_MIB: u16 = 10_240;

/// What a function is and how it runs.
#[derive(Debug, Clone)]
pub struct FunctionOptions {
    /// The function's name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// Its code.
    pub code: Code,
    /// What the code is asked to be.
    pub handler: String,
    /// The processor.
    pub architecture: function::Architectures,
    /// Its time limit in seconds, 900 at the most.
    pub timeout_seconds: u16,
    /// Its memory in MiB, 10240 at the most.
    pub memory_mib: u16,
    /// Its environment.
    pub environment: BTreeMap<String, Value<String>>,
    /// How many days its log is kept.
    pub log_retention_days: u16,
    /// The network to run in, instead of Lambda's own.
    pub network: Option<Network>,
}

/// A function on `provided.al2023`, with a role and a log group of its own, traced.
#[derive(Debug, Clone)]
pub struct Function {
    handle: Handle<lambda::Function>,
    role: Role,
}

impl Function {
    /// Adds a function, its role and its log group.
    pub fn new(scope: &mut Scope<'_>, name: &str, options: FunctionOptions) -> Self {
        let mut scope = scope.child(name);
        let log = log_group(&mut scope, "Log", &format!("/aws/lambda/{}", options.name), options.log_retention_days);
        let trust = Statement::trust(Principal::Service("lambda.amazonaws.com"));
        let role = Role::new(&mut scope, "Role", &format!("What {} may do.", options.name), trust);
        role.allow(&mut scope, grant_write_log(&log));
        role.allow(&mut scope, grant_trace());

        let code = function::Code::new().s3_bucket(options.code.bucket).s3_key(options.code.key);
        let mut properties = lambda::Function::new(code, role.arn())
            .function_name(options.name)
            .description(options.description)
            .runtime(function::Runtime::ProvidedAl2023)
            .handler(options.handler)
            .architectures([options.architecture])
            .timeout(options.timeout_seconds)
            .memory_size(options.memory_mib)
            .tracing_config(function::TracingConfig::new().mode(function::TracingConfigMode::Active))
            .logging_config(
                function::LoggingConfig::new()
                    .log_format(function::LoggingConfigLogFormat::Json)
                    .log_group(log.reference::<String>()),
            );
        if !options.environment.is_empty() {
            properties = properties.environment(function::Environment::new().variables(options.environment));
        }
        if let Some(network) = options.network {
            role.allow(&mut scope, grant_network_interfaces());
            properties = properties.vpc_config(
                function::VpcConfig::new().subnet_ids(network.subnets).security_group_ids(network.security_groups),
            );
        }
        for (property, value, most) in
            [("Timeout", options.timeout_seconds, MOST_SECONDS), ("MemorySize", options.memory_mib, MOST_MIB)]
        {
            if value > most {
                let problem = format!("{value} is not {most} or less");
                let path = scope.path_of("Function");
                scope.report(Problem::Property { path, property: property.to_owned(), problem });
            }
        }
        let handle = scope.add("Function", properties);
        Self { handle, role }
    }

    /// The function's ARN.
    #[must_use]
    pub fn arn(&self) -> Value<Arn> {
        self.handle.arn()
    }

    /// The function's name.
    #[must_use]
    pub fn name(&self) -> Value<String> {
        self.handle.reference()
    }

    /// The role that the function runs as.
    #[must_use]
    pub fn role(&self) -> &Role {
        &self.role
    }

    /// Changes the function's properties.
    pub fn edit(&self, scope: &mut Scope<'_>, change: impl FnOnce(&mut lambda::Function)) {
        scope.edit(&self.handle, change);
    }

    /// Allows invoking the function.
    #[must_use]
    pub fn grant_invoke(&self) -> Statement {
        const ACTIONS: [Action; 1] = [Action::new("lambda:InvokeFunction")];
        Statement::allow(ACTIONS, [self.arn()])
    }

    /// What happens to an event that the function fails on: how often it is tried again, and where it goes then.
    pub fn on_failure(&self, scope: &mut Scope<'_>, name: &str, destination: Value<Arn>, retries: u8) {
        let config =
            lambda::EventInvokeConfig::new(self.name(), "$LATEST").maximum_retry_attempts(retries).destination_config(
                lambda::event_invoke_config::DestinationConfig::new()
                    .on_failure(lambda::event_invoke_config::OnFailure::new(destination)),
            );
        scope.add(name, config);
    }
}

/// Allows writing to one log group; a log group's ARN ends in `:*` already, which stands for its streams.
fn grant_write_log(log: &Handle<LogGroup>) -> Statement {
    const ACTIONS: [Action; 2] = [Action::new("logs:CreateLogStream"), Action::new("logs:PutLogEvents")];
    Statement::allow(ACTIONS, [log.arn()])
}

/// Allows sending traces.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html>
pub(super) fn grant_trace() -> Statement {
    const ACTIONS: [Action; 2] = [Action::new("xray:PutTraceSegments"), Action::new("xray:PutTelemetryRecords")];
    Statement::allow_on_any(ACTIONS, "TracesHaveNoArn")
}

/// Allows Lambda to connect the function to its subnets.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html>
fn grant_network_interfaces() -> Statement {
    const ACTIONS: [Action; 6] = [
        Action::new("ec2:CreateNetworkInterface"),
        Action::new("ec2:DescribeNetworkInterfaces"),
        Action::new("ec2:DescribeSubnets"),
        Action::new("ec2:DeleteNetworkInterface"),
        Action::new("ec2:AssignPrivateIpAddresses"),
        Action::new("ec2:UnassignPrivateIpAddresses"),
    ];
    Statement::allow_on_any(ACTIONS, "InterfacesAreMadeByLambda")
}
