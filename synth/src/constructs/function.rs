//! Lambda functions.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::{Grantee, LogGroup, LogGroupProps, Role, RoleProps};
use crate::assets::FileAsset;
use crate::aws::lambda::{self, function};
use crate::iam::{Action, Principal, Statement};
use crate::problem::Problem;
use crate::resource::Handle;
use crate::stack::Scope;
use crate::value::{Arn, Value};

/// Where a function's code lies.
#[derive(Debug, Clone)]
pub enum Code {
    /// In a bucket.
    Object {
        /// The bucket's name.
        bucket: Value<String>,
        /// The zip file's key.
        key: Value<String>,
    },
    /// In a file that the deployer uploads with the stack.
    Asset(FileAsset),
}

impl Code {
    /// A zip file of this machine.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn zip(path: impl AsRef<Path>) -> io::Result<Self> {
        FileAsset::file(path.as_ref()).map(Self::Asset)
    }

    /// A folder of this machine, which the deployer zips.
    ///
    /// # Errors
    /// When a file in it cannot be read.
    pub fn folder(path: impl AsRef<Path>) -> io::Result<Self> {
        FileAsset::folder(path.as_ref()).map(Self::Asset)
    }
}

/// The network that a function runs in.
#[derive(Debug, Clone)]
pub struct Network {
    /// Subnet IDs.
    pub subnets: Vec<String>,
    /// Security group IDs.
    pub security_groups: Vec<String>,
}

props! {
    /// What a function is and how it runs.
    FunctionProps(
        /// The function's code.
        code: Code
    ) {
        /// The function's name. Default: one that CloudFormation makes.
        name: String,
        /// What the function does. Default: none.
        description: String,
        /// The network to run in. Default: Lambda's own.
        network: Network;
        /// What the code is asked to be. Default: `bootstrap`.
        handler: String = "bootstrap".to_owned(),
        /// What runs the code. Default: `provided.al2023`, for compiled programs.
        runtime: function::Runtime = function::Runtime::ProvidedAl2023,
        /// The processor. Default: Arm, which costs less.
        architecture: function::Architectures = function::Architectures::Arm64,
        /// The time limit in seconds, 900 at the most. Default: 30.
        timeout_seconds: u16 = 30,
        /// The memory in MiB, 10240 at the most. Default: 256.
        memory_mib: u16 = 256,
        /// The environment. Default: empty; [`FunctionProps::environment`] adds to it.
        variables: BTreeMap<String, Value<String>> = BTreeMap::new(),
        /// For how many days the log is kept. Default: 30.
        log_retention_days: u16 = 30,
    }
}

impl FunctionProps {
    /// Adds a variable to the environment.
    #[must_use]
    pub fn environment(mut self, name: &str, value: impl Into<Value<String>>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }
}

/// A function with its own role and log group, traced.
#[derive(Debug, Clone)]
pub struct Function {
    handle: Handle<lambda::Function>,
    role: Role,
}

impl Function {
    /// Adds a function, its role and its log group.
    pub fn new(scope: &mut Scope<'_>, id: &str, props: FunctionProps) -> Self {
        let mut scope = scope.child(id);
        let mut log = LogGroupProps::default().retention_days(props.log_retention_days);
        if let Some(name) = &props.name {
            log = log.name(format!("/aws/lambda/{name}"));
        }
        let log = LogGroup::new(&mut scope, "Log", log);
        let trust = Statement::trust(Principal::Service("lambda.amazonaws.com"));
        let purpose = format!("What {} may do.", props.name.as_deref().unwrap_or(id));
        let role = Role::new(&mut scope, "Role", RoleProps::new(trust).description(purpose));
        log.grant_write(&mut scope, &role);
        role.allow(&mut scope, trace());

        let code = match props.code {
            Code::Object { bucket, key } => function::Code::new().s3_bucket(bucket).s3_key(key),
            Code::Asset(asset) => {
                let key = asset.key.clone();
                function::Code::new().s3_bucket(scope.stack().asset(asset)).s3_key(key)
            }
        };
        let mut properties = lambda::Function::new(code, role.arn())
            .runtime(props.runtime)
            .handler(props.handler)
            .architectures([props.architecture])
            .timeout(props.timeout_seconds)
            .memory_size(props.memory_mib)
            .tracing_config(function::TracingConfig::new().mode(function::TracingConfigMode::Active))
            .logging_config(
                function::LoggingConfig::new().log_format(function::LoggingConfigLogFormat::Json).log_group(log.name()),
            );
        properties.function_name = props.name.map(Value::from);
        properties.description = props.description.map(Value::from);
        if !props.variables.is_empty() {
            properties = properties.environment(function::Environment::new().variables(props.variables));
        }
        if let Some(network) = props.network {
            role.allow(&mut scope, connect());
            properties = properties.vpc_config(
                function::VpcConfig::new().subnet_ids(network.subnets).security_group_ids(network.security_groups),
            );
        }
        // Lambda's own limits; the registry's schema has those of functions on managed instances
        // (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
        for (property, value, maximum) in
            [("Timeout", props.timeout_seconds, 900), ("MemorySize", props.memory_mib, 10_240)]
        {
            if value > maximum {
                let problem = format!("{value} is not {maximum} or less");
                let path = scope.path_of("Function");
                scope.report(Problem::Property { path, property: property.to_owned(), problem });
            }
        }
        let handle = scope.add("Function", properties);
        Self { handle, role }
    }

    /// The function's ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.handle.arn()
    }

    /// The function's name.
    pub fn name(&self) -> Value<String> {
        self.handle.reference()
    }

    /// The role that the function runs as.
    pub fn role(&self) -> &Role {
        &self.role
    }

    /// Changes the function's properties.
    pub fn edit(&self, scope: &mut Scope<'_>, change: impl FnOnce(&mut lambda::Function)) {
        scope.edit(&self.handle, change);
    }

    /// What happens to an event that the function fails on: how often it is tried again, and where it goes then.
    pub fn on_failure(&self, scope: &mut Scope<'_>, id: &str, destination: Value<Arn>, retries: u8) {
        let config =
            lambda::EventInvokeConfig::new(self.name(), "$LATEST").maximum_retry_attempts(retries).destination_config(
                lambda::event_invoke_config::DestinationConfig::new()
                    .on_failure(lambda::event_invoke_config::OnFailure::new(destination)),
            );
        scope.add(id, config);
    }
}

grants! {
    Function {
        /// Allows invoking the function.
        grant_invoke: ["lambda:InvokeFunction"];
    }
}

impl Grantee for Function {
    fn role(&self) -> &Role {
        &self.role
    }
}

/// Allows sending traces.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html>
pub(super) fn trace() -> Statement {
    const ACTIONS: [Action; 2] = [Action::new("xray:PutTraceSegments"), Action::new("xray:PutTelemetryRecords")];
    Statement::allow_on_any(ACTIONS, "TracesHaveNoArn")
}

/// Allows Lambda to connect the function to its subnets.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html>
fn connect() -> Statement {
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
