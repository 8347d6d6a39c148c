package io.piplan.meta;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads JSON text into values that know their place. The only class that knows Jackson. */
final class JsonTree {
  private static final JsonFactory FACTORY = new JsonFactory();

  private final JsonParser parser;
  private final List<MetaProblem> problems;

  private JsonTree(JsonParser parser, List<MetaProblem> problems) {
    this.parser = parser;
    this.problems = problems;
  }

  /**
   * The document's value.
   *
   * @param problems gets what is wrong with the text; members that come twice are among it
   * @return null if it is no JSON at all
   */
  static Json read(String text, List<MetaProblem> problems) {
    try (JsonParser parser = FACTORY.createParser(text)) {
      JsonTree tree = new JsonTree(parser, problems);
      if (parser.nextToken() == null) {
        problems.add(
            new MetaProblem(MetaError.SYNTAX, Place.START, "the document is empty", "write one"));
        return null;
      }
      Json value = tree.value("");
      if (parser.nextToken() != null) {
        problems.add(
            new MetaProblem(
                MetaError.SYNTAX,
                tree.place(""),
                "something follows the document's end",
                "remove it"));
      }
      return value;
    } catch (JsonProcessingException e) {
      problems.add(
          new MetaProblem(
              MetaError.SYNTAX,
              place("", e.getLocation()),
              "this is no JSON: " + e.getOriginalMessage(),
              "correct it there or just before"));
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException("reading from memory failed", e);
    }
  }

  private Json value(String pointer) throws IOException {
    Place place = place(pointer);
    JsonToken token = parser.currentToken();
    return switch (token) {
      case START_OBJECT -> members(pointer, place);
      case START_ARRAY -> items(pointer, place);
      case VALUE_STRING -> new Json.Text(place, parser.getText());
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
          new Json.Numeric(place, parser.getDecimalValue());
      default -> new Json.Word(place, parser.getText());
    };
  }

  private Json members(String pointer, Place place) throws IOException {
    Map<String, Json> members = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      String below = pointer + "/" + name.replace("~", "~0").replace("/", "~1");
      Place named = place(below);
      parser.nextToken();
      Json value = value(below);
      if (members.putIfAbsent(name, value) != null) {
        problems.add(
            new MetaProblem(
                MetaError.DUPLICATE,
                named,
                "\"" + name + "\" is there twice",
                "keep one of the two"));
      }
    }
    return new Json.Members(place, members);
  }

  private Json items(String pointer, Place place) throws IOException {
    List<Json> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      items.add(value(pointer + "/" + items.size()));
    }
    return new Json.Items(place, items);
  }

  private Place place(String pointer) {
    return place(pointer, parser.currentTokenLocation());
  }

  private static Place place(String pointer, JsonLocation location) {
    return location == null
        ? Place.START
        : new Place(
            pointer, Math.max(1, location.getLineNr()), Math.max(1, location.getColumnNr()));
  }
}
