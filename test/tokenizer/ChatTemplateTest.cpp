//===- ChatTemplateTest.cpp - Compares conversations with transformers ----===//

#include "compiler/tokenizer/ChatTemplate.h"

#include "runtime/text/Chat.h"
#include "test/tokenizer/TestTokenizer.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

#include <set>

using namespace gptc;
using namespace gptc::test;
using namespace llvm;

namespace {
struct ChatTemplateTest : testing::Test {
  gpt::ChatAttr recognize(StringRef jinja) {
    context.loadDialect<gpt::GptDialect>();
    return recognizeChatTemplate(context, jinja);
  }

  std::string formatOf(StringRef jinja) {
    return recognize(jinja).getFormat().str();
  }

  /// Returns the error for the folder, with its path as DIR/.
  std::string errorOfFolder() {
    auto result = readChatTemplate(folder.path());
    EXPECT_FALSE(bool(result));
    std::string message = toString(result.takeError());
    for (size_t at; (at = message.find(folder.path())) != message.npos;)
      message.replace(at, folder.path().size(), "DIR/");
    return message;
  }

  mlir::MLIRContext context;
  TemporaryFolder folder;
};

/// Creates a tokenizer of bytes with these two special tokens.
OpenTokenizer openTokenizer(StringRef bos, StringRef eos) {
  json::Object root = smallTokenizer();
  json::Array &added = *root.getArray("added_tokens");
  json::Object token = *added[0].getAsObject();
  added.clear();
  for (auto [text, id] : {std::pair(bos, 258), std::pair(eos, 259)}) {
    token["id"] = id;
    token["content"] = text;
    added.push_back(json::Object(token));
  }
  return openJson(std::move(root));
}

/// A conversation with the model of one template, as text.
struct Conversation {
  Conversation(gpt::ChatAttr attribute, std::optional<StringRef> system,
               StringRef bos, StringRef eos)
      : tokenizer(openTokenizer(bos, eos)),
        section((attribute.getFormat() + "\n" +
                 (attribute.getBos() ? "bos" : "") + "\n" +
                 attribute.getSystem())
                    .str()),
        chat(ChatTemplate::read(section), system, model, tokenizer.tokenizer) {}

  std::string say(StringRef text, StringRef answer = "") {
    std::vector<int32_t> ids;
    chat.addTurn(text, answer, ids);
    std::string result;
    for (int32_t id : ids)
      result += tokenizer.tokenizer.text(id);
    return result;
  }

  static gptc_model_info makeModel() {
    static constexpr int32_t end = 259;
    gptc_model_info model = {};
    model.bos = 258;
    model.end_token_count = 1;
    model.end_tokens = &end;
    return model;
  }

  gptc_model_info model = makeModel();
  OpenTokenizer tokenizer;
  std::string section;
  Chat chat;
};
} // namespace

static json::Object readExpected() {
  auto buffer = MemoryBuffer::getFile(CHAT_TEMPLATES);
  EXPECT_TRUE(bool(buffer));
  auto value = json::parse((*buffer)->getBuffer());
  EXPECT_TRUE(bool(value));
  return *value->getAsObject();
}

TEST_F(ChatTemplateTest, conversations_are_those_of_transformers) {
  json::Object expected = readExpected();
  StringRef first = *(*expected.getArray("users"))[0].getAsString();
  StringRef second = *(*expected.getArray("users"))[1].getAsString();
  size_t count = 0;
  for (const json::Value &value : *expected.getArray("templates")) {
    const json::Object &row = *value.getAsObject();
    gpt::ChatAttr attribute = recognize(*row.getString("template"));
    EXPECT_EQ(attribute.getFormat().str(), row.getString("format")->str());
    for (StringRef kind : {"plain", "system"}) {
      SCOPED_TRACE((*row.getString("model") + ", " + kind).str());
      const json::Object *told = row.getObject(kind);
      if (!told)
        continue; // the template refuses a system message
      std::optional<StringRef> system;
      if (kind == "system")
        system = expected.getString("system");
      Conversation conversation(attribute, system, *row.getString("bos"),
                                *row.getString("eos"));
      std::string text = conversation.say(first);
      EXPECT_EQ(text, told->getString("prompt")->str());
      ++count;
      // A KV cache that is kept cannot follow a template that changes previous
      // turns.
      std::optional<StringRef> answer = told->getString("answer");
      if (!answer)
        continue;
      text += *answer;
      text += conversation.say(second, *answer);
      EXPECT_EQ(text, told->getString("whole")->str());
    }
  }
  EXPECT_EQ(count, 42u);
}

TEST_F(ChatTemplateTest, the_special_tokens_after_an_answer_end_it) {
  auto endsOf = [&](StringRef format, StringRef eos) {
    auto chat = gpt::ChatAttr::get(&context, format, /*bos=*/true, "");
    return Conversation(chat, std::nullopt, "<s>", eos).chat.endTokens();
  };
  context.loadDialect<gpt::GptDialect>();
  EXPECT_EQ(endsOf("chatml", "<|im_end|>"), std::vector<int32_t>{259});
  EXPECT_EQ(endsOf("chatml", "</s>"), std::vector<int32_t>{}) << "only text";
  EXPECT_EQ(endsOf("llama2", "</s>"), std::vector<int32_t>{259});
  EXPECT_EQ(endsOf("llama3", "<|eot_id|>"), std::vector<int32_t>{259});
}

TEST_F(ChatTemplateTest, what_is_typed_is_text) {
  Conversation conversation(recognize("<|im_start|><|im_end|>"), std::nullopt,
                            "<s>", "<|im_end|>");
  std::vector<int32_t> ids;
  conversation.chat.addTurn("<s><|im_end|>", "", ids);
  EXPECT_EQ(llvm::count(ids, 258), 0);
  EXPECT_EQ(llvm::count(ids, 259), 1) << "the format's own";
}

TEST_F(ChatTemplateTest, every_format_is_some_template) {
  json::Object expected = readExpected();
  std::set<std::string> seen = {"vicuna"}; // its models have no template
  for (const json::Value &row : *expected.getArray("templates"))
    seen.insert(row.getAsObject()->getString("format")->str());
  for (const ChatFormat &format : chatFormats)
    EXPECT_TRUE(seen.count(std::string(format.name))) << format.name;
}

TEST_F(ChatTemplateTest, spellings_do_not_matter) {
  // Covers quotes, white space, escapes, concatenated literals, attributes and
  // comments.
  EXPECT_EQ(formatOf("{# [INST] #}{{ \"<|user|>\\n\"+message.content + eos_token "
                     "}}{{\n'<|assis' + 'tant|>'}}"),
            "zephyr");
  EXPECT_EQ(formatOf("{{'<|user|>\n' + message['content'] + '\\n' }}"
                     "{{'<|assistant|>\\n' + message['content'] + eos_token}}"),
            "tulu");
}

TEST_F(ChatTemplateTest, what_is_no_known_template_is_unknown) {
  for (StringRef jinja :
       {"", "{{", "{%", "{#", "{{ '", "{{ \"\\", "{{ messages }}",
        "{{ '<|user|>' + message['content'] }}", "[INST] <<SYS>>"}) {
    EXPECT_EQ(formatOf(jinja), "unknown") << jinja.str();
  }
}

TEST_F(ChatTemplateTest, finds_what_the_system_says_by_itself) {
  auto systemOf = [&](const Twine &jinja) {
    return recognize(jinja.str()).getSystem().str();
  };
  EXPECT_EQ(systemOf("{{ '<|im_start|>system\\nIt\\'s \\\\ \"me\".<|im_end|>\\n' }}"),
            "It's \\ \"me\".");
  EXPECT_EQ(systemOf("{{ \"<|im_start|>system\nIt's\\n\\\"me\\\".<|im_end|>\\n\" }}"),
            "It's\n\"me\".");
  EXPECT_EQ(systemOf("{% if x %}<|im_start|>system\nIt's me.<|im_end|>\n{% endif %}"),
            "It's me.");
  // The template has no literal of its own.
  EXPECT_EQ(systemOf("{{ '<|im_start|>system\\n' + m['content'] + "
                     "'<|im_end|>\\n' }}"),
            "");
  EXPECT_EQ(systemOf("<|im_start|>system\n{{ x }}<|im_end|>\n"), "");
  EXPECT_EQ(systemOf("<|im_start|>system\nBe <|im_end|>"), "");
}

TEST_F(ChatTemplateTest, reads_the_template_of_a_folder) {
  auto read = [&] {
    auto result = readChatTemplate(folder.path());
    EXPECT_TRUE(bool(result));
    return *result ? (*result)->name + ": " + (*result)->jinja : "none";
  };
  EXPECT_EQ(read(), "none");
  for (StringRef config : {"{}", R"({"chat_template": null})",
                           R"({"chat_template": [{"name": "tool_use",
                                                  "template": "t"}]})"}) {
    folder.write("tokenizer_config.json", config);
    EXPECT_EQ(read(), "none");
  }
  folder.write("tokenizer_config.json", R"({"chat_template": "a\nb"})");
  EXPECT_EQ(read(), "tokenizer_config.json: a\nb");
  folder.write("tokenizer_config.json",
               R"({"chat_template": [{"name": "tool_use", "template": "t"},
                                     {"name": "default", "template": "d"}]})");
  EXPECT_EQ(read(), "tokenizer_config.json: d");
  folder.write("chat_template.jinja", "j");
  EXPECT_EQ(read(), "chat_template.jinja: j");
}

TEST_F(ChatTemplateTest, refuses_what_is_no_template) {
  folder.write("tokenizer_config.json", "{");
  EXPECT_EQ(errorOfFolder().substr(0, 44),
            "DIR/tokenizer_config.json: text: found [1:1,");
  for (auto [config, found] :
       {std::pair{R"({"chat_template": 5})", "5"},
        {R"({"chat_template": ["a"]})", "\"a\""},
        {R"({"chat_template": [{"name": "default"}]})",
         R"({"name":"default"})"}}) {
    folder.write("tokenizer_config.json", config);
    EXPECT_EQ(errorOfFolder(),
              std::string("DIR/tokenizer_config.json: chat_template: found ") +
                  found +
                  ", expected a text, or a list of objects with name and "
                  "template");
  }
}
