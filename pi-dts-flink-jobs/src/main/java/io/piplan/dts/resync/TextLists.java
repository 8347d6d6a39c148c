package io.piplan.dts.resync;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.dts.copy.KeyBound;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** Lists in one column of a table: JSON arrays of texts. */
final class TextLists {
  private static final ObjectMapper JSON = new ObjectMapper();

  private TextLists() {}

  static String write(List<String> texts) {
    try {
      return JSON.writeValueAsString(texts);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a list of texts cannot be written as JSON", e);
    }
  }

  static List<String> read(String json) {
    try {
      return Arrays.asList(JSON.readValue(json, String[].class));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("no list of texts: " + json, e);
    }
  }

  static String write(KeyBound bound) {
    return write(bound.values().stream().map(Base64.getEncoder()::encodeToString).toList());
  }

  static KeyBound readBound(String json) {
    return new KeyBound(read(json).stream().map(Base64.getDecoder()::decode).toList());
  }
}
