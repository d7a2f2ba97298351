//! Answers on the wire.

use mediaconvert::{
    settings::{JobStatus, PricingPlan},
    to_wire,
};
use serde_json::{Map, Value, json};

use crate::{
    service::{
        account::{Account, Kind},
        events,
        store::{Definition, Job, Queue, Tables},
    },
    work::OutputDetail,
};

pub(super) fn page(member: &str, items: impl Iterator<Item = Value>, next: Option<&String>) -> Value {
    present(json!({ member: items.collect::<Value>(), "nextToken": next }))
}

pub(super) fn definition(kind: Kind, definition: &Definition, account: &Account) -> Value {
    let mut wire = to_wire(&definition.request);
    wire["name"] = json!(definition.name);
    wire["arn"] = json!(account.arn(kind, &definition.name));
    wire["createdAt"] = json!(seconds(definition.created));
    wire["lastUpdated"] = json!(seconds(definition.updated));
    wire["type"] = json!("CUSTOM");
    wire
}

pub(super) fn queue(queue: &Queue, tables: &Tables, account: &Account, concurrency: usize) -> Value {
    const YEAR: u64 = 365 * 24 * 60 * 60;
    let count = |status| tables.jobs.values().filter(|job| job.queue == queue.name && job.status == status).count();
    let reservation = queue.reservation.as_ref().filter(|_| queue.plan == PricingPlan::Reserved);
    let reservation = reservation.map(|reservation| {
        json!({
            "commitment": reservation.commitment,
            "expiresAt": seconds(reservation.purchased) + YEAR,
            "purchasedAt": seconds(reservation.purchased),
            "renewalType": reservation.renewal_type,
            "reservedSlots": reservation.reserved_slots,
            "status": "ACTIVE",
        })
    });
    present(json!({
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
        "description": queue.description,
        "maximumConcurrentFeeds": queue.feeds,
        "reservationPlan": reservation,
    }))
}

pub(super) fn job(job: &Job, account: &Account) -> Value {
    let request = job.request.tree();
    // Members of maps keep their case, so a member is renamed together with its name.
    let asked = [
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
    ];
    let asked: Map<String, Value> =
        asked.into_iter().filter_map(|member| Some((member.to_owned(), request.get(member)?.clone()))).collect();
    let percent = job.phase.map(|phase| match job.status {
        JobStatus::Complete => 100,
        _ => events::percent(phase, job.percent),
    });
    // `GetJob` has less of outputs than the event: no paths and no types.
    let output = |output: &OutputDetail| {
        let video = output.video_details.as_ref();
        let video = video.map(|video| json!({ "heightInPx": video.height_in_px, "widthInPx": video.width_in_px }));
        present(json!({ "durationInMs": output.duration_in_ms, "videoDetails": video }))
    };
    let groups = job.completed.as_ref().map(|completed| {
        let groups = completed.output_group_details.iter();
        let groups =
            groups.map(|group| json!({ "outputDetails": group.output_details.iter().map(output).collect::<Value>() }));
        groups.collect::<Value>()
    });
    let transitions = job.transitions.iter().map(|hop| {
        json!({
            "sourceQueue": account.arn(Kind::Queue, &hop.from),
            "destinationQueue": account.arn(Kind::Queue, &hop.to),
            "timestamp": seconds(hop.at),
        })
    });
    let mut wire = json!({
        "accelerationStatus": "NOT_APPLICABLE",
        "arn": account.arn(Kind::Job, &job.id),
        "createdAt": seconds(job.submitted),
        "id": job.id,
        "messages": { "info": [], "warning": job.messages },
        "priority": job.priority,
        "queue": account.arn(Kind::Queue, &job.queue),
        "retryCount": job.retries,
        "settings": to_wire(request.get("Settings").unwrap_or(&Value::Null)),
        "status": job.status,
        "timing": present(json!({
            "submitTime": seconds(job.submitted),
            "startTime": job.started.map(seconds),
            "finishTime": job.finished.map(seconds),
        })),
        "warnings": events::warnings(job),
    });
    let rest = json!({
        "jobEngineVersionRequested": request.get("JobEngineVersion"),
        "currentPhase": job.phase,
        "jobPercentComplete": percent,
        "errorCode": job.failure.as_ref().map(|failure| failure.code),
        "errorMessage": job.failure.as_ref().map(|failure| &failure.message),
        "outputGroupDetails": groups,
        "queueTransitions": (!job.transitions.is_empty()).then(|| transitions.collect::<Value>()),
    });
    for more in [to_wire(&asked.into()), rest] {
        if let (Value::Object(wire), Value::Object(more)) = (&mut wire, more) {
            wire.extend(more);
        }
    }
    present(wire)
}

/// An object without the members that have no value.
fn present(mut wire: Value) -> Value {
    if let Value::Object(members) = &mut wire {
        members.retain(|_, value| !value.is_null());
    }
    wire
}

/// The service's timestamps are whole seconds.
const fn seconds(milliseconds: u64) -> u64 {
    milliseconds / 1000
}
