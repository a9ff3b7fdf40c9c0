#include "formats/json.h"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/error.h"
#include "base/mapped_file.h"

namespace puente {
namespace {

/// 1-based line and column of a byte.
struct Place {
  size_t line = 1;
  size_t column = 1;
};

Place place_of(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  Place place;
  place.line += static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
  const size_t newline = before.rfind('\n');
  place.column += newline == std::string_view::npos ? before.size() : before.size() - newline - 1;
  return place;
}

/// Builds the value itself because ordered_json's own insertion compares every new key with all
/// those before it, which takes seconds for a vocabulary of 49,000 words.
class Builder : public nlohmann::json_sax<Json> {
 public:
  Builder(std::string_view text, const std::string& source) : text_(text), source_(source) {}

  Json take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_array(size_t) override { return open(Json::value_t::array); }
  bool end_array() override { return close(); }
  bool start_object(size_t) override { return open(Json::value_t::object); }
  bool end_object() override {
    refuse_repeated_keys(*open_.back()->get_ptr<Json::object_t*>());
    return close();
  }
  bool key(string_t& value) override {
    key_ = std::move(value);
    return true;
  }

  bool parse_error(size_t position, const std::string&,
                   const nlohmann::json::exception& error) override {
    // The library's own text opens with its error number and the place, which are said better here.
    std::string what = error.what();
    for (const std::string_view lead : {"while parsing", "] "}) {
      if (const size_t at = what.find(lead); at != std::string::npos) {
        what = what.substr(lead == "] " ? at + 2 : at);
        break;
      }
    }
    // Bytes of the file are quoted in it.
    for (char& c : what) {
      if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) c = '?';
    }
    if (what.size() > 200) what = what.substr(0, 200) + " ...";
    const Place place = place_of(text_, position == 0 ? 0 : position - 1);
    fail("{}: line {}, column {}: not JSON: {}", source_, place.line, place.column, what);
  }

 private:
  template <class Value>
  Json* put(Value&& value) {
    if (open_.empty()) {
      root_ = Json(std::forward<Value>(value));
      return &root_;
    }
    Json& parent = *open_.back();
    if (auto* array = parent.get_ptr<Json::array_t*>()) {
      return &array->emplace_back(std::forward<Value>(value));
    }
    auto& object = static_cast<Json::object_t::Container&>(*parent.get_ptr<Json::object_t*>());
    return &object.emplace_back(std::move(key_), std::forward<Value>(value)).second;
  }
  template <class Value>
  bool add(Value&& value) {
    put(std::forward<Value>(value));
    return true;
  }
  bool open(Json::value_t type) {
    open_.push_back(put(type));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }
  void refuse_repeated_keys(const Json::object_t& object) {
    seen_.clear();
    for (const auto& [key, value] : object) {
      if (!seen_.insert(key).second) {
        fail("{}: not usable JSON: the key {} is there twice in one object", source_,
             Json(key).dump(-1, ' ', true, Json::error_handler_t::replace));
      }
    }
  }

  std::string_view text_;
  const std::string& source_;
  Json root_;
  std::vector<Json*> open_;  // a parent does not move while a child is open
  std::string key_;
  std::unordered_set<std::string_view> seen_;
};

}  // namespace

Json parse_json(std::string_view text, const std::string& source) {
  Builder builder(text, source);
  Json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
}

Json read_json(const std::filesystem::path& path) {
  const MappedFile file(path);
  return parse_json(file.text(), path.string());
}

}  // namespace puente
