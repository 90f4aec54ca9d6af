// Written by `cargo xtask codegen` from crates/hermes-protocol. Do not edit.

import type { GatewayReady, ConversationsChanged } from "./rpc";
import type { ConfigGetParams, ConfigGetAnswer, ConfigSetParams, ConfigSet, SetupStatusParams, SetupStatusAnswer, RuntimeCheckParams, RuntimeCheck, ModelOptionsParams, ModelOptions } from "./config";
import type { CommandsCatalogParams, CommandsCatalog, SlashExecParams, SlashOutput, CommandDispatchParams, CommandDispatched, CompleteSlashParams, SlashCompletions, ConversationReportParams, ConversationReport, PetInfoParams, PetCellsParams, NoPet } from "./commands";
import type { ConversationCreateParams, ConversationCreated, ConversationInfo, ConversationUsage, ConversationUsageParams, ConversationResumeParams, ConversationActivateParams, ConversationResumed, ConversationTitleParams, ConversationTitle, ConversationCloseParams, ConversationClosed, ConversationDeleteParams, ConversationDeleted } from "./conversations";
import type { ConversationListParams, ConversationList, ConversationMostRecentParams, ConversationMostRecent, ConversationActiveListParams, ConversationActiveList } from "./lists";
import type { PromptSubmitParams, PromptSubmitted, PromptWithdrawParams, PromptWithdrawn, ConversationHistoryParams, ConversationHistory, ConversationInterruptParams, ConversationInterrupted, ConversationUndoParams, ConversationUndone, EventsSinceParams, EventsSince } from "./turns";
import type { ConversationSteerParams, ConversationSteered, ConversationCompressParams, ConversationCompressed, ConversationBranchParams, ConversationBranched, ConversationShowVersionParams, ImageAttachParams, ImageAttached, ImageDetachParams, ImageDetached, ImageUploadParams, ImageUpload } from "./onward";
import type { MessageStart, ReasoningDelta, MessageDelta, StatusUpdate, MessageComplete, ConversationTitled, HistoryCut, HistoryShown, PromptsWithdrawn, PromptsDropped, PromptsWaiting } from "./events";

/** What each method takes and answers. */
export interface Methods {
  "setup.status": { params: SetupStatusParams; answer: SetupStatusAnswer };
  "config.get": { params: ConfigGetParams; answer: ConfigGetAnswer };
  "session.create": { params: ConversationCreateParams; answer: ConversationCreated };
  "session.list": { params: ConversationListParams; answer: ConversationList };
  "session.most_recent": { params: ConversationMostRecentParams; answer: ConversationMostRecent };
  "session.active_list": { params: ConversationActiveListParams; answer: ConversationActiveList };
  "session.resume": { params: ConversationResumeParams; answer: ConversationResumed };
  "session.activate": { params: ConversationActivateParams; answer: ConversationResumed };
  "session.history": { params: ConversationHistoryParams; answer: ConversationHistory };
  "session.usage": { params: ConversationUsageParams; answer: ConversationUsage };
  "session.title": { params: ConversationTitleParams; answer: ConversationTitle };
  "session.interrupt": { params: ConversationInterruptParams; answer: ConversationInterrupted };
  "session.undo": { params: ConversationUndoParams; answer: ConversationUndone };
  "session.close": { params: ConversationCloseParams; answer: ConversationClosed };
  "session.delete": { params: ConversationDeleteParams; answer: ConversationDeleted };
  "session.events.since": { params: EventsSinceParams; answer: EventsSince };
  "prompt.submit": { params: PromptSubmitParams; answer: PromptSubmitted };
  "prompt.withdraw": { params: PromptWithdrawParams; answer: PromptWithdrawn };
  "session.steer": { params: ConversationSteerParams; answer: ConversationSteered };
  "session.compress": { params: ConversationCompressParams; answer: ConversationCompressed };
  "session.branch": { params: ConversationBranchParams; answer: ConversationBranched };
  "session.show_version": { params: ConversationShowVersionParams; answer: ConversationHistory };
  "image.attach_bytes": { params: ImageAttachParams; answer: ImageAttached };
  "image.upload": { params: ImageUploadParams; answer: ImageUpload };
  "image.detach": { params: ImageDetachParams; answer: ImageDetached };
  "setup.runtime_check": { params: RuntimeCheckParams; answer: RuntimeCheck };
  "config.set": { params: ConfigSetParams; answer: ConfigSet };
  "model.options": { params: ModelOptionsParams; answer: ModelOptions };
  "session.status": { params: ConversationReportParams; answer: ConversationReport };
  "commands.catalog": { params: CommandsCatalogParams; answer: CommandsCatalog };
  "command.dispatch": { params: CommandDispatchParams; answer: CommandDispatched };
  "slash.exec": { params: SlashExecParams; answer: SlashOutput };
  "complete.slash": { params: CompleteSlashParams; answer: SlashCompletions };
  "pet.info": { params: PetInfoParams; answer: NoPet };
  "pet.cells": { params: PetCellsParams; answer: NoPet };
}

/** The payload of each event. */
export interface Events {
  "gateway.ready": GatewayReady;
  "message.start": MessageStart;
  "reasoning.delta": ReasoningDelta;
  "message.delta": MessageDelta;
  "status.update": StatusUpdate;
  "message.complete": MessageComplete;
  "session.title": ConversationTitled;
  "history.cut": HistoryCut;
  "history.shown": HistoryShown;
  "prompt.withdrawn": PromptsWithdrawn;
  "prompt.dropped": PromptsDropped;
  "prompt.waiting": PromptsWaiting;
  "session.info": ConversationInfo;
  "sessions.changed": ConversationsChanged;
}
