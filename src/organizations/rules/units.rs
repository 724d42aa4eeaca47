//! What a unit must satisfy.

use super::{
    super::model::{AdminUnit, AdminUnitChange, NewAdminUnit, Scope, UnitLevel},
    check_line, done,
};
use crate::{
    error::{Error, Fault, codes},
    kernel::ids::AdminUnitId,
};

/// The level above.
#[must_use]
pub const fn above(level: UnitLevel) -> Option<UnitLevel> {
    match level {
        UnitLevel::District => None,
        UnitLevel::Subdistrict => Some(UnitLevel::District),
        UnitLevel::Community => Some(UnitLevel::Subdistrict),
    }
}

/// All faults of a new unit below `parent`.
pub fn check_unit(new: &NewAdminUnit, parent: Option<&AdminUnit>) -> Result<(), Error> {
    let mut faults = Vec::new();
    check_line(&mut faults, "/name", &new.name, 50);
    let fits = (1..=20).contains(&new.code.len()) && new.code.bytes().all(|b| b.is_ascii_alphanumeric());
    if !fits {
        let reason = "1–20 位字母或数字 / 1 to 20 letters or digits";
        faults.push(Fault::new("/code", &codes::FIELD_INVALID).with("reason", reason));
    }
    let stands_right = match (above(new.level), parent) {
        (None, None) => new.parent_id.is_none(),
        (Some(level), Some(parent)) => parent.level == level && parent.active,
        _ => false,
    };
    if !stands_right {
        faults.push(Fault::new("/parent_id", &codes::UNIT_PARENT));
    }
    done(faults)
}

/// The unit after a change.
pub fn change_unit(unit: &AdminUnit, change: &AdminUnitChange) -> Result<AdminUnit, Error> {
    let mut faults = Vec::new();
    let mut next = unit.clone();
    if let Some(name) = &change.name {
        check_line(&mut faults, "/name", name, 50);
        name.trim().clone_into(&mut next.name);
    }
    next.active = change.active.unwrap_or(unit.active);
    next.version += 1;
    done(faults).map(|()| next)
}

/// The units at or below `roots` in a programme's tree.
#[must_use]
pub fn at_or_below(units: &[AdminUnit], roots: &[AdminUnitId]) -> Vec<AdminUnitId> {
    let mut inside: Vec<AdminUnitId> =
        units.iter().map(|unit| unit.id).filter(|id| roots.contains(id)).collect();
    let mut from = 0;
    // Three levels: each turn adds the children of what the turn before has added.
    while from < inside.len() {
        let level: Vec<AdminUnitId> = inside.iter().skip(from).copied().collect();
        from = inside.len();
        for unit in units {
            if unit.parent_id.is_some_and(|parent| level.contains(&parent)) && !inside.contains(&unit.id) {
                inside.push(unit.id);
            }
        }
    }
    inside
}

impl Scope {
    /// True where an organisation of this unit is in it.
    #[must_use]
    pub fn covers(&self, unit: Option<AdminUnitId>) -> bool {
        match self {
            Self::Everything => true,
            Self::Units(units) => unit.is_some_and(|unit| units.contains(&unit)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{
        ids::{ProgrammeId, UserId},
        time::Timestamp,
    };

    fn unit(level: UnitLevel, parent_id: Option<AdminUnitId>) -> AdminUnit {
        AdminUnit {
            id: AdminUnitId::generate(),
            programme_id: ProgrammeId::generate(),
            parent_id,
            level,
            name: "某地".to_owned(),
            code: "1".to_owned(),
            active: true,
            created_by: UserId::generate(),
            created_at: "2011-03-01T00:00:00Z".parse::<Timestamp>().unwrap(),
            version: 1,
        }
    }

    #[test]
    fn a_scope_reaches_down_and_never_up_or_aside() {
        let district = unit(UnitLevel::District, None);
        let street = unit(UnitLevel::Subdistrict, Some(district.id));
        let other = unit(UnitLevel::Subdistrict, Some(district.id));
        let community = unit(UnitLevel::Community, Some(street.id));
        let elsewhere = unit(UnitLevel::Community, Some(other.id));
        let ids = |units: &[&AdminUnit]| units.iter().map(|unit| unit.id).collect::<Vec<_>>();
        let all = [community.clone(), elsewhere.clone(), street.clone(), other.clone(), district.clone()];
        let below = |roots: &[AdminUnitId]| {
            let mut found = at_or_below(&all, roots);
            found.sort_unstable();
            found
        };
        assert_eq!(below(&[district.id]), ids(&[&district, &street, &other, &community, &elsewhere]));
        assert_eq!(below(&[street.id]), ids(&[&street, &community]));
        assert_eq!(below(&[community.id, other.id]), ids(&[&other, &community, &elsewhere]));
        assert!(below(&[]).is_empty() && below(&[AdminUnitId::generate()]).is_empty());

        let scope = Scope::Units(below(&[street.id]));
        assert!(scope.covers(Some(community.id)) && !scope.covers(Some(district.id)) && !scope.covers(None));
        assert!(Scope::Everything.covers(None));
    }
}
