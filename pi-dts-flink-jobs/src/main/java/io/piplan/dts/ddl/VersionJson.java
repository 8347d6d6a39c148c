package io.piplan.dts.ddl;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import java.util.List;

/** Versions of tables as text. What a later release adds is left out by an earlier one. */
final class VersionJson {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .visibility(PropertyAccessor.GETTER, Visibility.NONE)
          .visibility(PropertyAccessor.IS_GETTER, Visibility.NONE)
          .visibility(PropertyAccessor.FIELD, Visibility.ANY)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private VersionJson() {}

  static String write(TableVersion version) {
    try {
      return JSON.writeValueAsString(version);
    } catch (JsonProcessingException e) {
      throw broken(e);
    }
  }

  static TableVersion read(String text) {
    try {
      return JSON.readValue(text, TableVersion.class);
    } catch (JsonProcessingException e) {
      throw broken(e);
    }
  }

  static String writeAll(List<TableVersion> versions) {
    return text(versions);
  }

  static List<TableVersion> readAll(String text) {
    return list(text, TableVersion[].class);
  }

  static String writeNotes(List<DdlNote> notes) {
    return text(notes);
  }

  static List<DdlNote> readNotes(String text) {
    return list(text, DdlNote[].class);
  }

  private static String text(List<?> values) {
    try {
      return JSON.writeValueAsString(values);
    } catch (JsonProcessingException e) {
      throw broken(e);
    }
  }

  private static <T> List<T> list(String text, Class<T[]> type) {
    try {
      return List.of(JSON.readValue(text, type));
    } catch (JsonProcessingException e) {
      throw broken(e);
    }
  }

  private static DtsException broken(JsonProcessingException e) {
    return new DtsException(
        DtsError.INTERNAL,
        "what is stored of a table (pi_dts_schema) can't be written or read: "
            + e.getOriginalMessage(),
        "start the sync anew (--fresh), and report this",
        e);
  }
}
