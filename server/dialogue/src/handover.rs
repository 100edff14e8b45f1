//! When a person has to take over.

/// Intents that hand over whether or not they say `escalate = true`.
pub fn is_reserved(name: &str) -> bool {
    is_human(name) || is_complaint(name)
}

/// `human`, `human.callback`: the visitor asks for a person.
pub fn is_human(name: &str) -> bool {
    name == "human" || name.starts_with("human.")
}

/// `complaint`, `complaint.damaged`: the visitor complains.
pub fn is_complaint(name: &str) -> bool {
    name == "complaint" || name.starts_with("complaint.")
}
