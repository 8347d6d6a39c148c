package io.piplan.dal.rules;

import java.io.StringReader;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * Reads YAML, and JSON as what it is, a form of YAML, into values that know their place. The only
 * class that knows the YAML library.
 */
final class DocumentTree {
  private final List<RuleProblem> problems = new ArrayList<>();

  /**
   * A value and where it stands.
   *
   * @param value a text, {@link BigDecimal}, boolean, list or map of items; null for null
   */
  record Item(int line, int column, String path, Object value) {
    String kind() {
      if (value instanceof Map) {
        return "an object";
      }
      if (value instanceof List) {
        return "a list";
      }
      return value instanceof String ? "the text \"" + value + "\"" : String.valueOf(value);
    }
  }

  List<RuleProblem> problems() {
    return problems;
  }

  /** Null, with a problem, if it can't be read. */
  Item read(String text) {
    LoaderOptions options = new LoaderOptions();
    options.setMaxAliasesForCollections(0);
    options.setNestingDepthLimit(50);
    try {
      // JSON may be indented by tabs, YAML not; inside of JSON's texts there are none.
      String readable = text.stripLeading().startsWith("{") ? text.replace('\t', ' ') : text;
      Node node = new Yaml(options).compose(new StringReader(readable));
      if (node == null) {
        problems.add(new RuleProblem(0, 0, "", "the document is empty", "write one"));
        return null;
      }
      return item(node, "");
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
      int column = e.getProblemMark() == null ? 0 : e.getProblemMark().getColumn() + 1;
      problems.add(
          new RuleProblem(line, column, "", "this can't be read: " + e.getProblem(), "correct it"));
    } catch (YAMLException e) {
      problems.add(
          new RuleProblem(0, 0, "", "this can't be read: " + e.getMessage(), "correct it"));
    }
    return null;
  }

  private Item item(Node node, String path) {
    int line = node.getStartMark().getLine() + 1;
    int column = node.getStartMark().getColumn() + 1;
    if (node instanceof MappingNode mapping) {
      return new Item(line, column, path, members(mapping, path));
    }
    if (node instanceof SequenceNode sequence) {
      List<Item> items = new ArrayList<>();
      for (Node one : sequence.getValue()) {
        items.add(item(one, path + "[" + items.size() + "]"));
      }
      return new Item(line, column, path, items);
    }
    return new Item(line, column, path, scalar((ScalarNode) node));
  }

  private Map<String, Item> members(MappingNode mapping, String path) {
    Map<String, Item> members = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      String name =
          tuple.getKeyNode() instanceof ScalarNode key
              ? key.getValue()
              : tuple.getKeyNode().toString();
      Item item = item(tuple.getValueNode(), path.isEmpty() ? name : path + "." + name);
      if (members.putIfAbsent(name, item) != null) {
        problem(item, "\"" + name + "\" is there twice", "remove one");
      }
    }
    return members;
  }

  private static Object scalar(ScalarNode node) {
    String text = node.getValue();
    if (!node.isPlain()) {
      return text;
    }
    if (node.getTag().equals(Tag.NULL)) {
      return null;
    }
    if (text.equals("true") || text.equals("false")) {
      return Boolean.valueOf(text);
    }
    return text.matches("-?[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]{1,3})?") ? new BigDecimal(text) : text;
  }

  void problem(Item at, String message, String remedy) {
    problems.add(
        at == null
            ? new RuleProblem(0, 0, "", message, remedy)
            : new RuleProblem(at.line(), at.column(), at.path(), message, remedy));
  }

  /** False also if it isn't there. */
  boolean isTrue(Item item) {
    if (item != null && !(item.value() instanceof Boolean)) {
      problem(item, item.kind() + " is here", "write true or false");
    }
    return item != null && Boolean.TRUE.equals(item.value());
  }

  /** The members of an object that may have these and no others. */
  Map<String, Item> members(Item item, Set<String> known) {
    Map<String, Item> members = members(item);
    members.forEach(
        (name, member) -> {
          if (!known.contains(name)) {
            problem(
                member,
                "\"" + name + "\" is not known here",
                "remove it, or use one of " + String.join(", ", new TreeSet<>(known)));
          }
        });
    return members;
  }

  @SuppressWarnings("unchecked") // item() makes maps and lists of items only
  private Map<String, Item> members(Item item) {
    if (item != null && item.value() instanceof Map) {
      return (Map<String, Item>) item.value();
    }
    wrongType(item, "an object");
    return Map.of();
  }

  /** Null, with a problem, if it isn't there. */
  Item required(Item parent, Map<String, Item> members, String name) {
    Item item = members.get(name);
    if (item == null && parent.value() instanceof Map) {
      problem(parent, "\"" + name + "\" is missing here", "add it");
    }
    return item;
  }

  @SuppressWarnings("unchecked") // as above
  List<Item> items(Item item) {
    if (item != null && item.value() instanceof List) {
      return (List<Item>) item.value();
    }
    wrongType(item, "a list");
    return List.of();
  }

  /** A text that isn't empty. Null stands for what was missed already. */
  String text(Item item, String otherwise) {
    if (item != null && item.value() instanceof String text && !text.isBlank()) {
      return text;
    }
    wrongType(item, "a text");
    return otherwise;
  }

  List<String> texts(Item item) {
    List<String> texts = new ArrayList<>();
    if (item.value() instanceof String text) {
      return List.of(text);
    }
    for (Item one : items(item)) {
      String text = text(one, "");
      if (!text.isEmpty()) {
        texts.add(text);
      }
    }
    if (texts.isEmpty() && item.value() instanceof List<?> list && list.isEmpty()) {
      problem(item, "the list is empty", "name one");
    }
    return texts;
  }

  /** An object without its places. */
  Map<String, Object> plain(Item item) {
    Map<String, Object> plain = new LinkedHashMap<>();
    members(item).forEach((name, member) -> plain.put(name, value(member)));
    return plain;
  }

  private Object value(Item item) {
    if (item.value() instanceof Map) {
      return plain(item);
    }
    if (item.value() instanceof List) {
      return items(item).stream().map(this::value).toList();
    }
    return item.value() == null ? "null" : item.value();
  }

  private void wrongType(Item found, String expected) {
    if (found != null) {
      problem(found, found.kind() + " is here, expected " + expected, "write " + expected);
    }
  }
}
