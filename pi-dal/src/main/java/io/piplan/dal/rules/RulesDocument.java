package io.piplan.dal.rules;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/**
 * The configuration document: JSON, or YAML with the same members. {@code rules.schema.json} beside
 * this class describes the form.
 */
public final class RulesDocument {
  private RulesDocument() {}

  /**
   * Reads and checks a document.
   *
   * @param name of the document, for messages
   * @throws RulesException with all that is wrong with it
   */
  public static DalRules parse(String name, String text) {
    DocumentTree tree = new DocumentTree();
    DocumentTree.Item root = tree.read(text);
    DalRules rules =
        root == null ? null : new RulesReader(tree, BuiltInAlgorithms.all()).read(root);
    if (!tree.problems().isEmpty()) {
      throw new RulesException(
          name,
          tree.problems().stream()
              .sorted(
                  Comparator.comparingInt(RuleProblem::line).thenComparingInt(RuleProblem::column))
              .toList());
    }
    return rules;
  }

  /**
   * Reads and checks a file.
   *
   * @throws RulesException with all that is wrong with it, or if it can't be read
   */
  public static DalRules read(Path file) {
    try {
      return parse(file.toString(), Files.readString(file, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new RulesException(
          file.toString(),
          List.of(
              new RuleProblem(
                  0, 0, "", "the file can't be read: " + e, "check its path and rights")));
    }
  }
}
