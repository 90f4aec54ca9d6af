use hermes_errors::{Code, Failure};
use hermes_storage::{Label, Role, UserId};

use super::{audit, find, is_not_shut_out, note, with_storage};
use crate::{
    args::InviteUserArgs,
    commands::{
        Done,
        destination::Destination,
        invitation::{self, Invited},
    },
    output::Output,
    world::World,
};

/// Makes a link for somebody: who is there already gets a way in by it, anybody else is added when
/// they use it.
pub(super) fn run(args: &InviteUserArgs, world: &World, output: Output) -> Done {
    let destination = Destination::of_home(args.form.port.as_deref(), world)?;
    let audit = audit(world)?;
    let (user, link) = with_storage(world, async |storage| {
        invitation::needs_sign_in(storage, &destination).await?;
        let invited = match find(storage.users(), &args.name).await {
            Ok(user) => {
                is_not_shut_out(&user)?;
                Invited {
                    user: user.id,
                    role: user.role,
                    display_name: user.display_name,
                }
            }
            Err(failure) if failure.code == Code::UserUnknown => Invited {
                user: UserId::new(&*world.ports.random),
                role: Role::Member,
                display_name: Label::new(&args.name),
            },
            Err(failure) => return Err(failure),
        };
        let user = invited.user;
        let link = invitation::make(invited, storage, &destination, world).await?;
        Ok::<_, Failure>((user, link))
    })?;
    note(&audit, user, "invited", world);
    link.show(output)?;
    Ok(())
}
