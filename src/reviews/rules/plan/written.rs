//! The instance as it is written down: the very bytes that `yichuang solve assignment` takes, so that anybody can
//! compute a plan again.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::{
    super::model::PlanObjective,
    assignment::{AssignmentInput, Capacity, Demand, Objective},
};

/// An instance of rules.md §6, as `yichuang solve assignment` takes it.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct AssignmentInstance {
    /// The applications, by reference.
    applications: Vec<InstanceApplication>,
    /// The experts, by id.
    reviewers: Vec<InstanceReviewer>,
    /// One row an application, one column an expert.
    affinity: Vec<Vec<i64>>,
    /// Pairs (application, expert) that cannot be.
    #[schema(value_type = Vec<Vec<String>>)]
    forbidden: Vec<(String, String)>,
    /// Pairs that are, whatever it costs.
    #[schema(value_type = Vec<Vec<String>>)]
    forced: Vec<(String, String)>,
    /// Pairs of which as many as possible stay.
    #[schema(value_type = Vec<Vec<String>>)]
    kept: Vec<(String, String)>,
    /// `total` or `fair`.
    objective: PlanObjective,
    /// Breaks equal optima.
    seed: String,
}

/// An application of an instance.
#[derive(Serialize, Deserialize, ToSchema)]
struct InstanceApplication {
    /// Its reference.
    id: String,
    /// How many reviews it should get.
    demand: usize,
}

/// An expert of an instance.
#[derive(Serialize, Deserialize, ToSchema)]
struct InstanceReviewer {
    /// Their id.
    id: String,
    /// How many reviews there should be at least.
    min_load: usize,
    /// How many there can be at most.
    max_load: usize,
}

/// The instance as JSON; the same instance gives the same bytes.
pub fn write(input: &AssignmentInput) -> serde_json::Result<String> {
    let named = |pairs: &[(usize, usize)]| {
        let name = |(i, j): &(usize, usize)| {
            Some((input.applications.get(*i)?.id.clone(), input.reviewers.get(*j)?.id.clone()))
        };
        pairs.iter().filter_map(name).collect()
    };
    serde_json::to_string(&AssignmentInstance {
        applications: input
            .applications
            .iter()
            .map(|application| InstanceApplication { id: application.id.clone(), demand: application.demand })
            .collect(),
        reviewers: input
            .reviewers
            .iter()
            .map(|reviewer| InstanceReviewer {
                id: reviewer.id.clone(),
                min_load: reviewer.min_load,
                max_load: reviewer.max_load,
            })
            .collect(),
        affinity: input.affinity.clone(),
        forbidden: named(&input.forbidden),
        forced: named(&input.forced),
        kept: named(&input.kept),
        objective: match input.objective {
            Objective::Total => PlanObjective::Total,
            Objective::Fair => PlanObjective::Fair,
        },
        seed: input.seed.clone(),
    })
}

/// Reads what [`write()`] wrote.
pub fn read(text: &str) -> serde_json::Result<AssignmentInput> {
    let written: AssignmentInstance = serde_json::from_str(text)?;
    let rows: HashMap<&str, usize> =
        written.applications.iter().enumerate().map(|(i, a)| (a.id.as_str(), i)).collect();
    let columns: HashMap<&str, usize> =
        written.reviewers.iter().enumerate().map(|(j, r)| (r.id.as_str(), j)).collect();
    let positions = |pairs: &[(String, String)]| {
        let place = |(a, r): &(String, String)| Some((*rows.get(a.as_str())?, *columns.get(r.as_str())?));
        pairs.iter().filter_map(place).collect()
    };
    Ok(AssignmentInput {
        forbidden: positions(&written.forbidden),
        forced: positions(&written.forced),
        kept: positions(&written.kept),
        applications: written
            .applications
            .iter()
            .map(|application| Demand { id: application.id.clone(), demand: application.demand })
            .collect(),
        reviewers: written
            .reviewers
            .iter()
            .map(|reviewer| Capacity {
                id: reviewer.id.clone(),
                min_load: reviewer.min_load,
                max_load: reviewer.max_load,
            })
            .collect(),
        affinity: written.affinity,
        objective: match written.objective {
            PlanObjective::Total => Objective::Total,
            PlanObjective::Fair => Objective::Fair,
        },
        seed: written.seed,
    })
}
