package io.piplan.dts.flink;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.piplan.dts.verify.DiffResult;

/**
 * What was found in a part of a diff.
 *
 * @param parts how many parts there are in all
 * @param estimatedRows of all parts
 */
public record DiffFinding(int part, int table, int parts, long estimatedRows, DiffResult result) {
  private static final ObjectMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  public String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("plain values cannot be written as JSON", e);
    }
  }

  public static DiffFinding of(String json) {
    try {
      return JSON.readValue(json, DiffFinding.class);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("no finding of a diff: " + json, e);
    }
  }
}
