"""Writes chat-templates.json in this folder: published chat templates and the
conversations that transformers' apply_chat_template renders. Needs jinja2.

    python3 chat_templates.py
"""

import json
import pathlib

import jinja2.sandbox

USER = ["Hello, you! ", "And now?"]
ANSWER = "Hi."
SYSTEM = "Be brief."

CHATML = "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\nDEFAULT<|im_end|>\\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"

ALTERNATE = "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}"

LLAMA2 = (
    "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    + ALTERNATE
    + "{% endif %}{% if loop.index0 == 0 and system_message != false %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}"
)

LLAMA3 = "{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"

# Llama 3.1 without the parts for tools.
LLAMA31 = """{{- bos_token }}
{%- if not date_string is defined %}
    {%- set date_string = "26 Jul 2024" %}
{%- endif %}

{#- This block extracts the system message, so we can slot it into the right place. #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}

{#- System message + builtin tools #}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{{- "Cutting Knowledge Date: December 2023\\n" }}
{{- "Today Date: " + date_string + "\\n\\n" }}
{{- system_message }}
{{- "<|eot_id|>" }}

{%- for message in messages %}
    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
"""

MISTRAL_V0 = (
    "{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    + ALTERNATE
    + "{% endif %}{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ message['content'] + END }}{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}"
)

# The skeleton of Mistral's templates from v1 to v3, without tools.
MISTRAL = """{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}

{{- bos_token }}
{%- for message in loop_messages %}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
        {{- raise_exception('After the optional system message, conversation roles must alternate user/assistant/user/assistant/...') }}
    {%- endif %}
    {%- if message["role"] == "user" %}
        {%- if loop.WHERE and system_message is defined %}
            {{- "BEFORE" + system_message + "\\n\\n" + message["content"] + "AFTER" }}
        {%- else %}
            {{- "BEFORE" + message["content"] + "AFTER" }}
        {%- endif %}
    {%- elif message["role"] == "assistant" %}
        {{- ANSWER + eos_token}}
    {%- else %}
        {{- raise_exception("Only user and assistant roles are supported, with the exception of an initial optional system message!") }}
    {%- endif %}
{%- endfor %}
"""


def mistral(where, before, after, answer):
    text = MISTRAL.replace("WHERE", where).replace("BEFORE", before)
    return text.replace("AFTER", after).replace("ANSWER", answer)


MISTRAL_V7 = "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + '[/INST]' }}{% elif message['role'] == 'system' %}{{ '[SYSTEM_PROMPT] ' + message['content'] + '[/SYSTEM_PROMPT]' }}{% elif message['role'] == 'assistant' %}{{ ' ' + message['content'] + eos_token }}{% else %}{{ raise_exception('Only user, system and assistant roles are supported!') }}{% endif %}{% endfor %}"

ZEPHYR = "{% for message in messages %}\n{% if message['role'] == 'user' %}\n{{ '<|user|>\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'system' %}\n{{ '<|system|>\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'assistant' %}\n{{ '<|assistant|>\n'  + message['content'] + eos_token }}\n{% endif %}\n{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}"

TULU = "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'system' %}{{ '<|system|>\n' + message['content'] + '\n' }}{% elif message['role'] == 'user' %}{{ '<|user|>\n' + message['content'] + '\n' }}{% elif message['role'] == 'assistant' %}{% if not loop.last %}{{ '<|assistant|>\n'  + message['content'] + eos_token + '\n' }}{% else %}{{ '<|assistant|>\n'  + message['content'] + eos_token }}{% endif %}{% endif %}{% if loop.last and add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}{% endfor %}"

GEMMA = "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}"

PHI3 = "{% for message in messages %}{% if message['role'] == 'system' %}{{'<|system|>\n' + message['content'] + '<|end|>\n'}}{% elif message['role'] == 'user' %}{{'<|user|>\n' + message['content'] + '<|end|>\n'}}{% elif message['role'] == 'assistant' %}{{'<|assistant|>\n' + message['content'] + '<|end|>\n'}}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}"

PHI3_FIRST = "{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') %}{{'<|user|>' + '\n' + message['content'] + '<|end|>' + '\n' + '<|assistant|>' + '\n'}}{% elif (message['role'] == 'assistant') %}{{message['content'] + '<|end|>' + '\n'}}{% endif %}{% endfor %}"

PHI4 = "{% for message in messages %}{% if (message['role'] == 'system') %}{{'<|im_start|>system<|im_sep|>' + message['content'] + '<|im_end|>'}}{% elif (message['role'] == 'user') %}{{'<|im_start|>user<|im_sep|>' + message['content'] + '<|im_end|>'}}{% elif (message['role'] == 'assistant') %}{{'<|im_start|>assistant<|im_sep|>' + message['content'] + '<|im_end|>'}}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant<|im_sep|>' }}{% endif %}"

PHI4_MINI = "{% for message in messages %}{% if message['role'] == 'system' and 'tools' in message and message['tools'] is not none %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|tool|>' + message['tools'] + '<|/tool|>' + '<|end|>' }}{% else %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% else %}{{ eos_token }}{% endif %}"

QWEN25 = """{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0]['role'] == 'system' %}
        {{- messages[0]['content'] }}
    {%- else %}
        {{- 'You are Qwen, created by Alibaba Cloud. You are a helpful assistant.' }}
    {%- endif %}
    {{- '<|im_end|>\\n' }}
{%- else %}
    {%- if messages[0]['role'] == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
    {%- else %}
        {{- '<|im_start|>system\\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\\n' }}
    {%- endif %}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
"""

DEEPSEEK2 = "{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}{{ 'User: ' + message['content'] + '\n\n' }}{% elif message['role'] == 'assistant' %}{{ 'Assistant: ' + message['content'] + eos_token }}{% elif message['role'] == 'system' %}{{ message['content'] + '\n\n' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"

# DeepSeek V3 and R1 without the parts for tools.
DEEPSEEK3 = "{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}{% set ns = namespace(is_first=false, is_tool=false, is_output_first=true, system_prompt='') %}{%- for message in messages %}{%- if message['role'] == 'system' %}{% set ns.system_prompt = message['content'] %}{%- endif %}{%- endfor %}{{bos_token}}{{ns.system_prompt}}{%- for message in messages %}{%- if message['role'] == 'user' %}{%- set ns.is_tool = false -%}{{'<｜User｜>' + message['content']}}{%- endif %}{%- if message['role'] == 'assistant' and message['content'] is not none %}{% set content = message['content'] %}{% if '</think>' in content %}{% set content = content.split('</think>')[-1] %}{% endif %}{{'<｜Assistant｜>' + content + '<｜end▁of▁sentence｜>'}}{%- endif %}{%- endfor -%}{% if add_generation_prompt and not ns.is_tool %}{{'<｜Assistant｜>THINK'}}{% endif %}"

SMOLLM2_SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"

# Model, format, template, BOS, EOS.
TEMPLATES = [
    ("SmolLM2", "chatml", CHATML.replace("DEFAULT", SMOLLM2_SYSTEM), "<|im_start|>", "<|im_end|>"),
    ("Qwen2", "chatml", CHATML.replace("DEFAULT", "You are a helpful assistant."), "<|endoftext|>", "<|im_end|>"),
    ("Qwen2.5", "chatml", QWEN25, "<|endoftext|>", "<|im_end|>"),
    ("Llama 2", "llama2", LLAMA2, "<s>", "</s>"),
    ("Llama 3", "llama3", LLAMA3, "<|begin_of_text|>", "<|end_of_text|>"),
    ("Llama 3.1", "llama3.1", LLAMA31, "<|begin_of_text|>", "<|end_of_text|>"),
    ("Mistral v0.1", "mistral-v0.1", MISTRAL_V0.replace("END", "eos_token + ' '"), "<s>", "</s>"),
    ("Mistral v0.2", "mistral-v0.2", MISTRAL_V0.replace("END", "eos_token"), "<s>", "</s>"),
    ("Mistral v0.2, later", "mistral-v1", mistral("first", " [INST] ", " [/INST]", '" " + message["content"]'), "<s>", "</s>"),
    ("Mistral v0.3", "mistral-v3", mistral("last", "[INST] ", "[/INST]", '" " + message["content"]|trim'), "<s>", "</s>"),
    ("Mistral Nemo", "mistral-v3-tekken", mistral("last", "[INST]", "[/INST]", 'message["content"]'), "<s>", "</s>"),
    ("Mistral Large", "mistral-v7", MISTRAL_V7, "<s>", "</s>"),
    ("Mistral Small", "mistral-v7-tekken", MISTRAL_V7.replace("[INST] ", "[INST]").replace("PROMPT] ", "PROMPT]").replace("' ' + ", ""), "<s>", "</s>"),
    ("Zephyr", "zephyr", ZEPHYR, "<s>", "</s>"),
    ("OLMo 2", "tulu", TULU, "<|bos|>", "<|endoftext|>"),
    ("Gemma", "gemma", GEMMA, "<bos>", "<eos>"),
    ("Phi-3", "phi3", PHI3, "<s>", "<|endoftext|>"),
    ("Phi-3 as it came out", "phi3", PHI3_FIRST, "<s>", "<|endoftext|>"),
    ("Phi-4", "phi4", PHI4, "<|endoftext|>", "<|im_end|>"),
    ("Phi-4 mini", "phi4-mini", PHI4_MINI, "<|endoftext|>", "<|end|>"),
    ("DeepSeek LLM", "deepseek2", DEEPSEEK2, "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"),
    ("DeepSeek V3", "deepseek3", DEEPSEEK3.replace("THINK", ""), "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"),
    ("DeepSeek R1", "deepseek-r1", DEEPSEEK3.replace("THINK", "<think>\\n"), "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"),
]


class Refused(Exception):
    pass


def refuse(message):
    raise Refused(message)


def apply(template, bos, eos, messages):
    # This does the same as transformers' utils/chat_template_utils.py.
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.globals["raise_exception"] = refuse
    compiled = environment.from_string(template)
    return compiled.render(
        messages=messages, add_generation_prompt=messages[-1]["role"] == "user",
        bos_token=bos, eos_token=eos, tools=None)


def converse(template, bos, eos, system):
    """Returns the first prompt; the model's answer, chosen so that the template's text
    continues the prompt; and the text up to the second answer. Parts that the
    template does not support are null."""
    said = [{"role": "system", "content": system}] if system is not None else []
    said.append({"role": "user", "content": USER[0]})
    try:
        first = apply(template, bos, eos, said)
        said += [{"role": "assistant", "content": ANSWER}, {"role": "user", "content": USER[1]}]
        whole = apply(template, bos, eos, said)
    except Refused:
        return None
    if system is not None and system not in first:
        return None
    if not whole.startswith(first):
        return {"prompt": first, "answer": None, "whole": None}
    answer = whole[len(first) : whole.index(ANSWER, len(first)) + len(ANSWER)]
    return {"prompt": first, "answer": answer, "whole": whole}


def main():
    rows = [
        {
            "model": model, "format": name, "bos": bos, "eos": eos, "template": template,
            "plain": converse(template, bos, eos, None),
            "system": converse(template, bos, eos, SYSTEM),
        }
        for model, name, template, bos, eos in TEMPLATES
    ]
    file = pathlib.Path(__file__).with_name("chat-templates.json")
    content = {"users": USER, "system": SYSTEM, "templates": rows}
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


main()
