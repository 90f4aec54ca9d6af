use super::Finding;
use crate::{commands::elsewhere, last_sign_in::Record, world::World};

/// The services of this host that do not see this home, with the line that signs in for each.
pub(super) fn look(world: &World) -> Vec<Finding> {
    let services = elsewhere::services(world);
    if services.is_empty() {
        return Vec::new();
    }
    // The provider that was wanted last is the one that the service misses, most likely.
    let last = Record::load(&world.home).ok().flatten();
    let provider = last
        .filter(|record| {
            world
                .table()
                .is_ok_and(|table| table.get(&record.provider).is_some())
        })
        .map_or_else(|| "<provider>".to_owned(), |record| record.provider);
    let here = world.display(world.home.path());
    let finding = |service: &elsewhere::Elsewhere| {
        let evidence = format!("{} and does not see {here}", service.describe());
        Finding::warning("user", evidence, service.line(&provider))
    };
    services.iter().map(finding).collect()
}
