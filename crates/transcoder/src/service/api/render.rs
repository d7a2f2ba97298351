//! Answers on the wire.

use mediaconvert::{
    settings::{JobStatus, PricingPlan},
    to_wire,
};
use serde_json::{Map, Value, json};

use crate::service::{
    account::{Account, Kind},
    events,
    store::{Definition, Job, Queue, Tables},
};
use crate::work::OutputGroupDetail;

pub(super) fn page(member: &str, items: &Value, next: Option<String>) -> Value {
    let mut page = json!({ member: items });
    put(&mut page, "nextToken", next);
    page
}

pub(super) fn definition(kind: Kind, definition: &Definition, account: &Account) -> Value {
    let mut wire = to_wire(&definition.request);
    put(&mut wire, "name", Some(&definition.name));
    put(&mut wire, "arn", Some(account.arn(kind, &definition.name)));
    put(&mut wire, "createdAt", Some(seconds(definition.created)));
    put(&mut wire, "lastUpdated", Some(seconds(definition.updated)));
    put(&mut wire, "type", Some("CUSTOM"));
    wire
}

pub(super) fn queue(queue: &Queue, tables: &Tables, account: &Account, concurrency: usize) -> Value {
    let count = |status| tables.jobs.values().filter(|job| job.queue == queue.name && job.status == status).count();
    let mut wire = json!({
        "arn": account.arn(Kind::Queue, &queue.name),
        "concurrentJobs": queue.slots(concurrency),
        "createdAt": seconds(queue.created),
        "lastUpdated": seconds(queue.updated),
        "name": queue.name,
        "pricingPlan": queue.plan,
        "progressingJobsCount": count(JobStatus::Progressing),
        "status": queue.status,
        "submittedJobsCount": count(JobStatus::Submitted),
        "type": if queue.name == Queue::DEFAULT { "SYSTEM" } else { "CUSTOM" },
    });
    put(&mut wire, "description", queue.description.as_ref());
    put(&mut wire, "maximumConcurrentFeeds", queue.feeds);
    if let (PricingPlan::Reserved, Some(reservation)) = (queue.plan, &queue.reservation) {
        const YEAR: u64 = 365 * 24 * 60 * 60;
        let purchased = seconds(reservation.purchased);
        wire["reservationPlan"] = json!({
            "commitment": reservation.commitment,
            "expiresAt": purchased + YEAR,
            "purchasedAt": purchased,
            "renewalType": reservation.renewal_type,
            "reservedSlots": reservation.reserved_slots,
            "status": "ACTIVE",
        });
    }
    wire
}

pub(super) fn job(job: &Job, account: &Account) -> Value {
    let request = job.request.tree();
    let asked = |member| request.get(member);
    let mut wire = json!({
        "accelerationStatus": "NOT_APPLICABLE",
        "arn": account.arn(Kind::Job, &job.id),
        "createdAt": seconds(job.submitted),
        "id": job.id,
        "messages": { "info": [], "warning": job.messages },
        "priority": job.priority,
        "queue": account.arn(Kind::Queue, &job.queue),
        "retryCount": job.retries,
        "settings": to_wire(asked("Settings").unwrap_or(&Value::Null)),
        "status": job.status,
        "timing": timing(job),
        "warnings": events::warnings(job),
    });
    for member in [
        "AccelerationSettings",
        "BillingTagsSource",
        "ClientRequestToken",
        "ElementalInferenceSettings",
        "HopDestinations",
        "JobTemplate",
        "Role",
        "SimulateReservedQueue",
        "StatusUpdateInterval",
        "UserMetadata",
    ] {
        // Members of maps keep their case, so the member is renamed together with its name.
        let alone = asked(member).map(|value| to_wire(&json!({ member: value })));
        if let (Some(Value::Object(alone)), Value::Object(wire)) = (alone, &mut wire) {
            wire.extend(alone);
        }
    }
    put(&mut wire, "jobEngineVersionRequested", asked("JobEngineVersion"));
    if let Some(phase) = job.phase {
        put(&mut wire, "currentPhase", Some(phase));
        let percent = if job.status == JobStatus::Complete { 100 } else { events::percent(phase, job.percent) };
        put(&mut wire, "jobPercentComplete", Some(percent));
    }
    if let Some(failure) = &job.failure {
        put(&mut wire, "errorCode", Some(failure.code));
        put(&mut wire, "errorMessage", Some(&failure.message));
    }
    if let Some(completed) = &job.completed {
        wire["outputGroupDetails"] = completed.output_group_details.iter().map(output_group).collect();
    }
    if !job.transitions.is_empty() {
        let transitions = job.transitions.iter().map(|hop| {
            json!({
                "sourceQueue": account.arn(Kind::Queue, &hop.from),
                "destinationQueue": account.arn(Kind::Queue, &hop.to),
                "timestamp": seconds(hop.at),
            })
        });
        wire["queueTransitions"] = transitions.collect();
    }
    wire
}

/// `GetJob` has less of outputs than the event: no paths and no types.
fn output_group(group: &OutputGroupDetail) -> Value {
    let outputs = group.output_details.iter().map(|output| {
        let mut wire = json!({ "durationInMs": output.duration_in_ms });
        let size =
            output.video_details.as_ref().map(|v| json!({ "heightInPx": v.height_in_px, "widthInPx": v.width_in_px }));
        put(&mut wire, "videoDetails", size);
        wire
    });
    json!({ "outputDetails": outputs.collect::<Vec<_>>() })
}

fn timing(job: &Job) -> Value {
    let mut timing = json!({ "submitTime": seconds(job.submitted) });
    put(&mut timing, "startTime", job.started.map(seconds));
    put(&mut timing, "finishTime", job.finished.map(seconds));
    timing
}

/// Sets a member that may be absent.
fn put(wire: &mut Value, member: &str, value: Option<impl serde::Serialize>) {
    if let (Some(value), Value::Object(members)) = (value, wire) {
        let members: &mut Map<String, Value> = members;
        members.insert(member.to_owned(), json!(value));
    }
}

/// The service's timestamps are whole seconds.
const fn seconds(milliseconds: u64) -> u64 {
    milliseconds / 1000
}
