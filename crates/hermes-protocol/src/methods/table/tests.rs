use std::collections::HashSet;

use super::{Access, Call, Cost, HostCall, Method, Object, Role, Spec, admit};
use crate::limits::FRAME_BYTES;
use crate::rpc::{Request, code};

fn call(frame: &str) -> Result<Call, (i32, String)> {
    let request = Request::parse(frame).unwrap().unwrap();
    Call::read(&request, Role::User).map_err(|error| (error.code, error.message.into_owned()))
}

#[test]
fn rz1_the_table_is_the_one_that_was_agreed() {
    let rows: Vec<_> = Method::ALL
        .iter()
        .map(|method| {
            let Spec {
                name,
                access,
                object,
                max_params,
                cost,
            } = method.spec();
            format!("{name}: {access:?}, {object:?}, {max_params}, {cost:?}")
        })
        .collect();
    insta::assert_snapshot!(rows.join("\n"), @r#"
    setup.status: Person(User), Nothing, 1024, Costly
    config.get: Person(User), Settings, 1024, Cheap
    session.create: Person(User), OwnConversations, 16384, Cheap
    session.list: Person(User), OwnConversations, 1024, Costly
    session.most_recent: Person(User), OwnConversations, 1024, Costly
    session.active_list: Person(User), OwnConversations, 1024, Cheap
    session.resume: Person(User), Conversation, 4096, Costly
    session.activate: Person(User), Conversation, 4096, Costly
    session.history: Person(User), Conversation, 1024, Costly
    session.usage: Person(User), Conversation, 1024, Cheap
    session.title: Person(User), Conversation, 4096, Cheap
    session.interrupt: Person(User), Conversation, 1024, Cheap
    session.undo: Person(User), Conversation, 1024, Cheap
    session.close: Person(User), Conversation, 1024, Cheap
    session.delete: Person(User), Conversation, 1024, Costly
    session.events.since: Person(User), Conversation, 1024, Costly
    prompt.submit: Person(User), Conversation, 3145728, Cheap
    prompt.withdraw: Person(User), Conversation, 1024, Cheap
    session.steer: Person(User), Conversation, 3145728, Cheap
    session.compress: Person(User), Conversation, 16384, Costly
    session.branch: Person(User), Conversation, 4096, Costly
    session.show_version: Person(User), Conversation, 1024, Cheap
    image.attach_bytes: Person(User), Conversation, 15728640, Costly
    image.upload: Person(User), Conversation, 1048576, Cheap
    image.detach: Person(User), Conversation, 1024, Cheap
    setup.runtime_check: Person(User), Nothing, 1024, Costly
    config.set: Person(User), OwnConversations, 4096, Costly
    model.options: Person(User), OwnConversations, 1024, Costly
    session.status: Person(User), Conversation, 1024, Cheap
    commands.catalog: Person(User), Nothing, 1024, Cheap
    command.dispatch: Person(User), Conversation, 16384, Costly
    slash.exec: Person(User), Conversation, 16384, Costly
    complete.slash: Person(User), Nothing, 16384, Cheap
    pet.info: Person(User), Nothing, 1024, Cheap
    pet.cells: Person(User), Nothing, 1024, Cheap
    host.status: Host, Nothing, 1024, Costly
    host.reload: Host, Settings, 1024, Costly
    host.look: Host, People, 1024, Costly
    host.yield: Host, Settings, 1024, Cheap
    host.sessions: Host, Sessions, 1024, Costly
    host.session.end: Host, Sessions, 1024, Costly
    "#);
}

#[test]
fn a_name_is_declared_once_and_found() {
    let mut seen = HashSet::new();
    for method in Method::ALL {
        let spec = method.spec();
        assert!(seen.insert(spec.name), "{}", spec.name);
        assert_eq!(Method::find(spec.name), Some(*method));
        assert!(spec.max_params < FRAME_BYTES, "{}", spec.name);
    }
}

#[test]
fn rz1_a_method_that_is_not_declared_does_not_exist() {
    for name in [
        "shell.exec",
        "model.save_key",
        "Config.get",
        "config.get ",
        "event",
    ] {
        let frame = format!(r#"{{"id":1,"method":"{name}"}}"#);
        let expected = (code::METHOD_NOT_FOUND, format!("unknown method: {name}"));
        assert_eq!(call(&frame), Err(expected));
    }
}

#[test]
fn a_call_is_read_with_what_old_clients_add() {
    let read = call(r#"{"method":"setup.status","params":{"profile":null}}"#).unwrap();
    assert_eq!(read.method(), Method::SetupStatus);
    let read =
        call(r#"{"method":"config.get","params":{"key":"full","session_id":"d5"}}"#).unwrap();
    let Call::ConfigGet(params) = read else {
        panic!("{read:?}")
    };
    assert_eq!(params.key, "full");
}

#[test]
fn params_of_another_kind_are_refused_without_repeating_them() {
    let (number, text) = call(r#"{"method":"config.get","params":{"key":["sk-1"]}}"#).unwrap_err();
    assert_eq!(number, code::INVALID_PARAMS);
    assert!(!text.contains("sk-1"), "{text}");
    assert!(text.contains("`config.get`"), "{text}");
}

#[test]
fn ds5_params_are_refused_by_their_size_before_they_are_read() {
    let frame = |size| {
        format!(
            r#"{{"method":"config.get","params":{{"key":["{}"]}}}}"#,
            "x".repeat(size)
        )
    };
    assert_eq!(call(&frame(2000)).unwrap_err().0, code::PARAMS_TOO_LARGE);
    assert_eq!(call(&frame(100)).unwrap_err().0, code::INVALID_PARAMS);
}

#[test]
fn rz1_what_is_the_owners_is_refused_to_others_whatever_they_send() {
    let spec = Spec {
        name: "config.set",
        access: Access::Person(Role::Owner),
        object: Object::Settings,
        max_params: 10,
        cost: Cost::Cheap,
    };
    assert_eq!(
        admit(&spec, Role::User).unwrap_err().code,
        code::NOT_ALLOWED
    );
    assert_eq!(admit(&spec, Role::Owner), Ok(()));
}

#[test]
fn rz1_what_is_the_hosts_is_refused_to_every_person_whatever_they_send() {
    for method in Method::ALL {
        let spec = method.spec();
        for params in [
            "{}".to_owned(),
            format!(r#"{{"x":"{}"}}"#, "x".repeat(2000)),
        ] {
            let frame = format!(r#"{{"id":1,"method":"{}","params":{params}}}"#, spec.name);
            let request = Request::parse(&frame).unwrap().unwrap();
            for role in [Role::User, Role::Owner] {
                let refused = Call::read(&request, role);
                let refused = refused.is_err_and(|error| error.code == code::NOT_ALLOWED);
                assert_eq!(
                    refused,
                    spec.access == Access::Host,
                    "{} {role:?}",
                    spec.name
                );
            }
        }
    }
}

#[test]
fn rz1_the_host_may_call_all_that_there_is_and_nothing_else() {
    for method in Method::ALL {
        let spec = method.spec();
        let read = |params: &str| {
            let frame = format!(r#"{{"method":"{}","params":{params}}}"#, spec.name);
            HostCall::read(&Request::parse(&frame).unwrap().unwrap())
        };
        let call = read(r#"{"key":"full","id":"x"}"#).unwrap();
        assert_eq!(call.method(), *method);
        let large = format!(r#"{{"x":"{}"}}"#, "x".repeat(spec.max_params));
        assert_eq!(read(&large).unwrap_err().code, code::PARAMS_TOO_LARGE);
    }
    let request = Request::parse(r#"{"method":"host.shell"}"#).unwrap();
    let unknown = HostCall::read(&request.unwrap()).unwrap_err();
    assert_eq!(unknown.code, code::METHOD_NOT_FOUND);
}
