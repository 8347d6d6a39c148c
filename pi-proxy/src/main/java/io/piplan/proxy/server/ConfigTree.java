package io.piplan.proxy.server;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Set;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;

/** Reads a text of JSON with comments, or of YAML with the same members. */
final class ConfigTree {
  private static final ObjectMapper MAPPER =
      new ObjectMapper()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(JsonParser.Feature.ALLOW_COMMENTS);

  /** YAML begins with none of these. */
  private static final Set<String> JSON = Set.of("{", "//", "/*");

  private ConfigTree() {}

  /**
   * Its tree.
   *
   * @throws ConfigException with the line, if it is neither
   */
  static JsonNode read(String text) {
    String begin = text.stripLeading();
    return begin.isEmpty() || JSON.stream().anyMatch(begin::startsWith) ? json(text) : yaml(text);
  }

  private static JsonNode json(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new ConfigException(
          "this is no JSON: "
              + e.getOriginalMessage()
              + " (line "
              + (e.getLocation() == null ? 1 : e.getLocation().getLineNr())
              + ")",
          e);
    }
  }

  private static JsonNode yaml(String text) {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    options.setMaxAliasesForCollections(0);
    options.setNestingDepthLimit(20);
    try {
      return MAPPER.valueToTree(new Yaml(new SafeConstructor(options)).<Object>load(text));
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
      throw new ConfigException(
          "this is neither JSON nor YAML: " + e.getProblem() + " (line " + line + ")", e);
    } catch (YAMLException e) {
      throw new ConfigException("this is neither JSON nor YAML: " + e.getMessage(), e);
    }
  }
}
