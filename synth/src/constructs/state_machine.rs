//! Step Functions state machines.

use super::function::trace;
use super::{Grantee, LogGroup, LogGroupProps, Role, RoleProps};
use crate::asl::StateMachineDefinition;
use crate::aws::stepfunctions::{self, state_machine};
use crate::iam::{Action, Condition, Principal, Statement};
use crate::resource::Handle;
use crate::stack::Scope;
use crate::value::{Arn, Value};

props! {
    /// What a state machine is and how it runs.
    StateMachineProps(
        /// The states.
        definition: StateMachineDefinition
    ) {
        /// The state machine's name. Default: one that CloudFormation makes.
        name: String,
        /// What the state machine is for, in its definition. Default: none.
        comment: String;
        /// For how many seconds an execution may run. Default: a day.
        timeout_seconds: u32 = 24 * 3600,
        /// For how many days the log of failures is kept. Default: 30.
        log_retention_days: u16 = 30,
    }
}

/// A standard state machine with its own role, traced; its failures are logged.
///
/// Its role may call the functions and start the state machines that its definition names.
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
    pub fn new(scope: &mut Scope<'_>, id: &str, props: StateMachineProps) -> Self {
        const INVOKE: [Action; 1] = [Action::new("lambda:InvokeFunction")];
        const START: [Action; 1] = [Action::new("states:StartExecution")];
        let mut scope = scope.child(id);
        let mut log = LogGroupProps::default().retention_days(props.log_retention_days);
        if let Some(name) = &props.name {
            // Log groups of this prefix need no entry of their own in the account's resource policy, whose size is limited
            // (https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html).
            log = log.name(format!("/aws/vendedlogs/states/{name}"));
        }
        let log = LogGroup::new(&mut scope, "Log", log);
        let trust = Statement::trust(Principal::Service("states.amazonaws.com")).when(Condition::own_account());
        let purpose = format!("What {} may do.", props.name.as_deref().unwrap_or(id));
        let role = Role::new(&mut scope, "Role", RoleProps::new(trust).description(purpose));
        for statement in [deliver_logs(), trace(), sample()] {
            role.allow(&mut scope, statement);
        }
        for function in props.definition.functions() {
            role.allow(&mut scope, Statement::allow(INVOKE, [function]));
        }
        for machine in props.definition.state_machines() {
            role.allow(&mut scope, Statement::allow(START, [machine]));
        }

        let destination = state_machine::LogDestination::new()
            .cloud_watch_logs_log_group(state_machine::CloudWatchLogsLogGroup::new().log_group_arn(log.arn()));
        let document = props.definition.document(props.comment.as_deref(), props.timeout_seconds);
        let mut properties = stepfunctions::StateMachine::new(role.arn())
            .state_machine_type(state_machine::StateMachineType::Standard)
            .definition_string(document.to_text())
            .logging_configuration(
                state_machine::LoggingConfiguration::new()
                    .level(state_machine::LoggingConfigurationLevel::Error)
                    .include_execution_data(false)
                    .destinations([destination]),
            )
            .tracing_configuration(state_machine::TracingConfiguration::new().enabled(true));
        properties.state_machine_name = props.name.map(Value::from);
        let handle = scope.add("StateMachine", properties);
        Self { handle, role }
    }

    /// The state machine's ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.handle.reference()
    }

    /// The role that the state machine runs as.
    pub fn role(&self) -> &Role {
        &self.role
    }
}

grants! {
    StateMachine {
        /// Allows starting executions.
        grant_start: ["states:StartExecution"];
    }
}

impl Grantee for StateMachine {
    fn role(&self) -> &Role {
        &self.role
    }
}

/// Allows setting up the delivery of logs.
///
/// <https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html>
fn deliver_logs() -> Statement {
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
fn sample() -> Statement {
    const ACTIONS: [Action; 2] = [Action::new("xray:GetSamplingRules"), Action::new("xray:GetSamplingTargets")];
    Statement::allow_on_any(ACTIONS, "SamplingRulesHaveNoArn")
}
