//! Step Functions state machines.

use super::function::grant_trace;
use super::{Role, log_group};
use crate::aws::stepfunctions::{self, state_machine};
use crate::iam::{Action, Condition, Principal, Statement};
use crate::json::Json;
use crate::resource::Handle;
use crate::stack::Scope;
use crate::value::{Arn, Value};

/// What a state machine is and how it runs.
#[derive(Debug, Clone)]
pub struct StateMachineOptions {
    /// The state machine's name.
    pub name: String,
    /// Its definition.
    pub definition: Json,
    /// How many days its log is kept.
    pub log_retention_days: u16,
}

/// A standard state machine with a role of its own, traced; its failures are logged.
///
/// Step Functions keeps the history of each execution for 90 days, with all data. A log of every state would be a copy of
/// it that costs more than the execution, and what a state is given may be confidential.
#[derive(Debug, Clone)]
pub struct StateMachine {
    handle: Handle<stepfunctions::StateMachine>,
    role: Role,
}

impl StateMachine {
    /// Adds a state machine, its role and its log group.
    pub fn new(scope: &mut Scope<'_>, name: &str, options: StateMachineOptions) -> Self {
        let mut scope = scope.child(name);
        // Log groups of this prefix need no entry of their own in the account's resource policy, whose size is limited
        // (https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html).
        let group_name = format!("/aws/vendedlogs/states/{}", options.name);
        let log = log_group(&mut scope, "Log", &group_name, options.log_retention_days);
        let trust = Statement::trust(Principal::Service("states.amazonaws.com")).when(Condition::own_account());
        let role = Role::new(&mut scope, "Role", &format!("What {} may do.", options.name), trust);
        role.allow(&mut scope, grant_deliver_logs());
        role.allow(&mut scope, grant_trace());
        role.allow(&mut scope, grant_sample());

        let destination = state_machine::LogDestination::new()
            .cloud_watch_logs_log_group(state_machine::CloudWatchLogsLogGroup::new().log_group_arn(log.arn()));
        let properties = stepfunctions::StateMachine::new(role.arn())
            .state_machine_name(options.name)
            .state_machine_type(state_machine::StateMachineType::Standard)
            .definition_string(options.definition.to_text())
            .logging_configuration(
                state_machine::LoggingConfiguration::new()
                    .level(state_machine::LoggingConfigurationLevel::Error)
                    .include_execution_data(false)
                    .destinations([destination]),
            )
            .tracing_configuration(state_machine::TracingConfiguration::new().enabled(true));
        let handle = scope.add("StateMachine", properties);
        Self { handle, role }
    }

    /// The state machine's ARN.
    #[must_use]
    pub fn arn(&self) -> Value<Arn> {
        self.handle.reference()
    }

    /// The role that the state machine runs as.
    #[must_use]
    pub fn role(&self) -> &Role {
        &self.role
    }

    /// Allows starting executions.
    #[must_use]
    pub fn grant_start(&self) -> Statement {
        const ACTIONS: [Action; 1] = [Action::new("states:StartExecution")];
        Statement::allow(ACTIONS, [self.arn()])
    }
}

/// Allows setting up the delivery of logs.
///
/// <https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html>
fn grant_deliver_logs() -> Statement {
    const ACTIONS: [Action; 8] = [
        Action::new("logs:CreateLogDelivery"),
        Action::new("logs:DeleteLogDelivery"),
        Action::new("logs:DescribeLogGroups"),
        Action::new("logs:DescribeResourcePolicies"),
        Action::new("logs:GetLogDelivery"),
        Action::new("logs:ListLogDeliveries"),
        Action::new("logs:PutResourcePolicy"),
        Action::new("logs:UpdateLogDelivery"),
    ];
    Statement::allow_on_any(ACTIONS, "LogDeliveriesHaveNoArn")
}

/// Allows asking which executions are to be traced.
///
/// <https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html>
fn grant_sample() -> Statement {
    const ACTIONS: [Action; 2] = [Action::new("xray:GetSamplingRules"), Action::new("xray:GetSamplingTargets")];
    Statement::allow_on_any(ACTIONS, "SamplingRulesHaveNoArn")
}
