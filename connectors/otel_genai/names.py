"""The attribute names that mean the same, newest first, and what kind of operation a span is.

References:
    - OpenTelemetry semantic conventions for generative AI, 1.27 to 1.44, and of MCP
    - OpenInference, OpenLLMetry (Traceloop), Vercel AI SDK, Google ADK, Logfire, MLflow, Langfuse
"""

from __future__ import annotations

from typing import Any

from agentwarrant.records import text

from .values import JsonObject, first, first_name

AGENT_ID = ("gen_ai.agent.id", "agent.id")
AGENT_NAME = (
    "gen_ai.agent.name", "agent.name", "agent_name", "ai.agent.name", "crewai.agent.role",
    "pydantic_ai.agent.name",
)  # fmt: skip
CONVERSATION = (
    "gen_ai.conversation.id", "session.id", "gen_ai.session.id", "gen_ai.thread.id",
    "conversation.id", "langfuse.session.id", "traceloop.association.properties.session_id",
    "traceloop.association.properties.thread_id", "traceloop.association.properties.chat_id",
    "ai.telemetry.metadata.sessionId", "gcp.vertex.agent.session_id", "langsmith.trace.session_id",
)  # fmt: skip
USER = (
    "user.id", "enduser.id", "user.email", "user.name", "langfuse.user.id",
    "traceloop.association.properties.user_id", "ai.telemetry.metadata.userId",
)  # fmt: skip
TENANT = ("organization.id", "agent.tenant", "tenant.id")

TOOL_NAME = (
    "gen_ai.tool.name", "tool.name", "tool_name", "mcp.tool.name", "ai.toolCall.name",
    "function.name", "langsmith.tool.name",
)  # fmt: skip
CALL_ID = (
    "gen_ai.tool.call.id", "gen_ai.tool_call.id", "tool_call.id", "tool_call_id", "tool.call.id",
    "ai.toolCall.id", "tool.id",
)  # fmt: skip
ARGUMENTS = (
    "gen_ai.tool.call.arguments", "gen_ai.tool.arguments", "gen_ai.tool.input", "gen_ai.tool.args",
    "gen_ai.tool.parameters", "mcp.request.argument", "mcp.tool.arguments", "tool_arguments",
    "ai.toolCall.args", "ai.toolCall.input", "gcp.vertex.agent.tool_call_args",
    "tool.arguments", "input.value", "traceloop.entity.input", "mlflow.spanInputs",
    "langfuse.observation.input", "tool.parameters", "gen_ai.prompt",
)  # fmt: skip
RESULT = (
    "gen_ai.tool.call.result", "gen_ai.tool.output", "gen_ai.tool.result", "mcp.tool.result",
    "mcp.response.value", "tool_response", "ai.toolCall.result", "ai.toolCall.output",
    "gcp.vertex.agent.tool_response", "tool.result", "output.value", "traceloop.entity.output",
    "mlflow.spanOutputs", "langfuse.observation.output", "gen_ai.completion",
)  # fmt: skip
TOOL_TYPE = ("gen_ai.tool.type", "tool.type")

PROVIDER = (
    "gen_ai.provider.name",
    "gen_ai.system",
    "llm.provider",
    "llm.system",
    "ai.model.provider",
)
MODEL = ("gen_ai.request.model", "llm.model_name", "llm.request.model", "ai.model.id")
RESPONSE_MODEL = ("gen_ai.response.model", "llm.response.model", "ai.response.model")
RESPONSE_ID = ("gen_ai.response.id", "ai.response.id")
INPUT_TOKENS = (
    "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens",
    "llm.token_count.prompt", "ai.usage.promptTokens", "ai.usage.inputTokens",
)  # fmt: skip
OUTPUT_TOKENS = (
    "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens",
    "llm.token_count.completion", "ai.usage.completionTokens", "ai.usage.outputTokens",
)  # fmt: skip
FINISH = (
    "gen_ai.response.finish_reasons",
    "ai.response.finishReason",
    "gen_ai.response.finish_reason",
)

SYSTEM = ("gen_ai.system_instructions", "gen_ai.system.instructions", "system_prompt")
DEFINITIONS = ("gen_ai.tool.definitions",)
INPUT = ("gen_ai.input.messages", "ai.prompt.messages", "llm.input_messages", "llm.prompts")
OUTPUT = ("gen_ai.output.messages", "llm.output_messages", "llm.completions")
WHOLE = ("pydantic_ai.all_messages", "all_messages_events", "events")
LOOSE_INPUT = (
    "gen_ai.prompt", "ai.prompt", "input.value", "traceloop.entity.input", "gen_ai.agent.input",
    "mlflow.spanInputs", "langfuse.observation.input", "gcp.vertex.agent.llm_request",
)  # fmt: skip
LOOSE_OUTPUT = (
    "gen_ai.completion", "ai.response.text", "output.value", "traceloop.entity.output",
    "gen_ai.agent.output", "final_result", "mlflow.spanOutputs", "langfuse.observation.output",
    "gcp.vertex.agent.llm_response",
)  # fmt: skip
"""Old or general names: read only where none of the names above says the same."""
OUTPUT_CALLS = ("ai.response.toolCalls", "gen_ai.response.tool_calls", "gen_ai.tool_calls")

SOURCE = ("gen_ai.data_source.id", "db.collection.name", "gen_ai.retrieval.source", "db.namespace",
          "retriever.name")  # fmt: skip
DOCUMENTS = ("gen_ai.retrieval.documents", "retrieval.documents", "output.value",
             "traceloop.entity.output", "gen_ai.output.messages")  # fmt: skip

SENDER = (
    "gen_ai.message.sender", "gen_ai.message.sender.id", "gen_ai.message.sender.name",
    "gen_ai.sender.id", "gen_ai.sender.name", "message.sender", "sender.id", "sender.name",
)  # fmt: skip
SENDER_KIND = ("gen_ai.message.sender.type", "gen_ai.message.sender.kind", "gen_ai.sender.type",
               "sender.type", "sender.kind")  # fmt: skip
A2A_SENDER = ("a2a.sender.id", "a2a.sender.name", "a2a.sender", "a2a.message.sender",
              "a2a.client.agent.id", "a2a.client.agent.name", "a2a.client.id", "a2a.client.name",
              "a2a.peer.id", "a2a.peer.name", "a2a.source.agent", "a2a.from")  # fmt: skip

PREFIXES = ("gen_ai.", "mcp.", "llm.", "tool.", "traceloop.", "openinference.", "ai.", "a2a.")

CHAT, TOOL, AGENT, CREATE, WORKFLOW, RETRIEVAL, EMBEDDINGS, OTHER = (
    "chat", "tool", "agent", "create", "workflow", "retrieval", "embeddings", "",
)  # fmt: skip

_OPERATIONS = {
    "chat": CHAT, "text_completion": CHAT, "generate_content": CHAT, "completion": CHAT,
    "chat_completion": CHAT, "message": CHAT, "messages": CHAT, "responses": CHAT, "call_llm": CHAT,
    "llm": CHAT, "response": CHAT, "completions": CHAT, "generate": CHAT, "rerank": OTHER,
    "execute_tool": TOOL, "tool": TOOL, "tool_call": TOOL, "function_call": TOOL, "call_tool": TOOL,
    "invoke_agent": AGENT, "agent": AGENT, "agent_run": AGENT, "run_agent": AGENT,
    "create_agent": CREATE, "invoke_workflow": WORKFLOW, "workflow": WORKFLOW, "chain": WORKFLOW,
    "retrieval": RETRIEVAL, "retriever": RETRIEVAL, "retrieve": RETRIEVAL, "search": RETRIEVAL,
    "embeddings": EMBEDDINGS, "embedding": EMBEDDINGS, "create_embedding": EMBEDDINGS,
}  # fmt: skip
_KINDS = (
    "openinference.span.kind", "traceloop.span.kind", "langsmith.span.kind", "mlflow.spanType",
    "langfuse.observation.type", "gen_ai.span.kind", "llm.request.type",
)  # fmt: skip
_HEADS = ("gen_ai.prompt.0.", "gen_ai.completion.0.", "llm.input_messages.0.",
          "llm.output_messages.0.")  # fmt: skip
_BY_NAME = ("execute_tool", "invoke_agent", "create_agent", "invoke_workflow", "chat",
            "text_completion", "generate_content", "embeddings", "retrieval")  # fmt: skip


def operation(attributes: JsonObject, span_name: str = "") -> str:
    """Return what kind of operation a span or record describes; '' for none of ours."""
    stated = text(attributes.get("gen_ai.operation.name")).strip().lower()
    if stated in _OPERATIONS:
        return _OPERATIONS[stated]
    method = text(attributes.get("mcp.method.name"))
    if method:
        return TOOL if method == "tools/call" else OTHER
    for key in _KINDS:
        found = _OPERATIONS.get(text(attributes.get(key)).strip().lower().replace(" ", "_"))
        if found:
            return found
    return _guessed(attributes, span_name)


def _guessed(attributes: JsonObject, span_name: str) -> str:
    verb = span_name.split(" ", 1)[0].split(".")[0]
    if verb in _BY_NAME and (" " in span_name or verb != "chat"):
        return _OPERATIONS[verb]
    if first_name(attributes, ("gen_ai.tool.name", "ai.toolCall.name", "mcp.tool.name")):
        return TOOL
    if span_name.startswith("tools/call"):
        return TOOL
    if _has(attributes, (*MODEL, *INPUT, *OUTPUT, *PROVIDER)) or _flattened(attributes):
        return CHAT
    return TOOL if _has(attributes, ("tool.name", "tool_arguments")) else OTHER


def _has(attributes: JsonObject, wanted: tuple[str, ...]) -> bool:
    return first(attributes, wanted) is not None


def _flattened(attributes: JsonObject) -> bool:
    return any(key.startswith(_HEADS) for key in attributes)


def named_after(span_name: str, verb: str) -> str:
    """Return what a span called ``<verb> <name>`` is about."""
    head, _, rest = span_name.partition(" ")
    return rest.strip() if head == verb else ""


def is_ours(attributes: Any) -> bool:
    """Does any attribute come from one of the conventions read here?"""
    return isinstance(attributes, dict) and any(
        isinstance(key, str) and key.startswith(PREFIXES) for key in attributes
    )
