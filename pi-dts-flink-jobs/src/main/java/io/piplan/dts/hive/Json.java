package io.piplan.dts.hive;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;

/** What is stored in files and properties is JSON; a newer version may have written more fields. */
final class Json {
  static final ObjectMapper MAPPER =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private Json() {}

  static String write(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot be written as JSON: " + value, e);
    }
  }

  static <T> T read(String text, Class<T> type, Object from) {
    try {
      return MAPPER.readValue(text, type);
    } catch (JsonProcessingException e) {
      throw HiveAccess.failed("reading " + from, e);
    }
  }
}
