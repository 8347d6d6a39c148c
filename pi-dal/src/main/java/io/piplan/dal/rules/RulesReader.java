package io.piplan.dal.rules;

import io.piplan.meta.MetaException;
import io.piplan.meta.Metadata;
import io.piplan.meta.MetadataDocument;
import io.piplan.meta.ShardingAlgorithm;
import io.piplan.meta.Zone;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the document's parts; what is wrong becomes a problem, and reading goes on. */
final class RulesReader {
  private static final Set<String> TOP =
      Set.of(
          "schema",
          "transaction_mode",
          "default_node",
          "statement_timeout",
          "source_replica",
          "sequences",
          "zones",
          "nodes",
          "tables");
  private static final Set<String> NODE =
      Set.of(
          "name",
          "type",
          "dsn",
          "minimum_pool_size",
          "maximum_pool_size",
          "acquire_timeout",
          "wait_time",
          "follows",
          "follow",
          "weight");

  /** It is a part of the names of XA branches. */
  private static final int LONGEST_NAME = 64;

  private final DocumentTree tree;
  private final Map<String, ShardAlgorithmProvider> algorithms;

  /** Those that the metadata document defines; null if there is none. */
  private Map<String, ShardingAlgorithm> zoneAlgorithms;

  RulesReader(DocumentTree tree, Map<String, ShardAlgorithmProvider> algorithms) {
    this.tree = tree;
    this.algorithms = algorithms;
  }

  /** May be incomplete if there are problems. */
  DalRules read(DocumentTree.Item root) {
    Map<String, DocumentTree.Item> top = tree.members(root, TOP);
    List<NodeRule> nodes = nodes(tree.required(root, top, "nodes"));
    String schema = tree.text(tree.required(root, top, "schema"), "pi");
    ZoneRules zones = zones(top);
    List<LogicalTable> tables =
        new TablesReader(tree, nodes, algorithms, zoneAlgorithms).read(top.get("tables"));
    return new DalRules(
        schema,
        mode(top.get("transaction_mode")),
        defaultNode(top.get("default_node"), nodes),
        duration(top.get("statement_timeout"), Duration.ofSeconds(60)),
        nodes,
        tables,
        replicaReads(top.get("source_replica")),
        sequences(top.get("sequences")),
        zones);
  }

  /** The document of all sites is a file of its own. */
  private ZoneRules zones(Map<String, DocumentTree.Item> top) {
    DocumentTree.Item item = top.get("zones");
    if (item == null) {
      return null;
    }
    Map<String, DocumentTree.Item> members = tree.members(item, Set.of("metadata", "zone"));
    DocumentTree.Item fileItem = tree.required(item, members, "metadata");
    DocumentTree.Item zoneItem = tree.required(item, members, "zone");
    if (top.get("sequences") == null) {
      tree.problem(
          item,
          "row versions need a clock, and there are no \"sequences\"",
          "name the PiLCS servers of this zone in \"sequences\"");
    }
    if (fileItem == null || zoneItem == null) {
      return null;
    }
    Path file = Path.of(tree.text(fileItem, "none"));
    String name = tree.text(zoneItem, "");
    try {
      MetadataDocument document = MetadataDocument.read(file);
      zoneAlgorithms = document.algorithms();
      Metadata metadata = document.metadata();
      Optional<Zone> zone = metadata.zone(name);
      if (zone.isEmpty()) {
        tree.problem(
            zoneItem,
            "there is no zone \"" + name + "\" in " + file,
            "name one of " + String.join(", ", metadata.zones().stream().map(Zone::name).toList()));
        return null;
      }
      return new ZoneRules(file, metadata, zone.get());
    } catch (MetaException e) {
      tree.problem(fileItem, "the metadata document is refused: " + e.getMessage(), "correct it");
      return null;
    }
  }

  private SequenceServers sequences(DocumentTree.Item item) {
    if (item == null) {
      return null;
    }
    Map<String, DocumentTree.Item> members = tree.members(item, Set.of("servers", "token"));
    DocumentTree.Item servers = tree.required(item, members, "servers");
    DocumentTree.Item token = members.get("token");
    String reference = token == null ? "" : tree.text(token, "");
    if (!reference.matches("|env:[A-Za-z_][A-Za-z0-9_]*|file:.+")) {
      // The text isn't repeated: it may be the token.
      tree.problem(
          token,
          "a token stands here itself, expected a reference to it",
          "write env:NAME or file:/path");
    }
    return new SequenceServers(tree.text(servers, ""), reference);
  }

  private ReplicaReads replicaReads(DocumentTree.Item item) {
    if (item == null) {
      return ReplicaReads.DEFAULT;
    }
    Map<String, DocumentTree.Item> members =
        tree.members(item, Set.of("max_lag", "read_your_writes"));
    return new ReplicaReads(
        duration(members.get("max_lag"), ReplicaReads.DEFAULT.maxLag()),
        tree.isTrue(members.get("read_your_writes")));
  }

  private TransactionMode mode(DocumentTree.Item item) {
    String text = item == null ? "xa" : tree.text(item, "xa");
    switch (text) {
      case "xa":
        return TransactionMode.XA;
      case "simple":
        return TransactionMode.SIMPLE;
      default:
        tree.problem(item, "there is no transaction mode \"" + text + "\"", "write simple or xa");
        return TransactionMode.XA;
    }
  }

  private String defaultNode(DocumentTree.Item item, List<NodeRule> nodes) {
    if (item == null) {
      return null;
    }
    String name = tree.text(item, "");
    if (nodes.stream().noneMatch(node -> node.name().equals(name) && !node.isReplica())) {
      tree.problem(item, "there is no source node \"" + name + "\"", "name one of " + names(nodes));
    }
    return name;
  }

  private List<NodeRule> nodes(DocumentTree.Item item) {
    List<NodeRule> nodes = new ArrayList<>();
    Map<String, DocumentTree.Item> seen = new HashMap<>();
    Map<String, DocumentTree.Item> followers = new HashMap<>();
    for (DocumentTree.Item one : tree.items(item)) {
      Map<String, DocumentTree.Item> members = tree.members(one, NODE);
      DocumentTree.Item named = tree.required(one, members, "name");
      String name = tree.text(named, "");
      if (!name.isEmpty() && seen.putIfAbsent(name, one) != null) {
        tree.problem(named, "node \"" + name + "\" is there already", "give it another name");
      }
      if (name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME) {
        tree.problem(
            named,
            "the name of a node has more than "
                + LONGEST_NAME
                + " bytes, which transactions have"
                + " room for",
            "write a shorter one");
      }
      DocumentTree.Item followed =
          members.containsKey("follows") ? members.get("follows") : members.get("follow");
      checkType(members.get("type"), followed, one);
      if (followed != null) {
        followers.put(name, followed);
      }
      nodes.add(node(one, members, name, followed));
    }
    for (Map.Entry<String, DocumentTree.Item> follower : followers.entrySet()) {
      String source = tree.text(follower.getValue(), "");
      if (nodes.stream().noneMatch(node -> node.name().equals(source) && !node.isReplica())) {
        tree.problem(
            follower.getValue(),
            "there is no source node \"" + source + "\"",
            "name a node of type source");
      }
    }
    if (item != null && nodes.stream().allMatch(NodeRule::isReplica)) {
      tree.problem(item, "there is no node of type source", "name one");
    }
    return nodes;
  }

  private void checkType(
      DocumentTree.Item type, DocumentTree.Item followed, DocumentTree.Item node) {
    String text = type == null ? (followed == null ? "source" : "replica") : tree.text(type, "");
    if (!text.equals("source") && !text.equals("replica")) {
      tree.problem(type, "there is no type of node \"" + text + "\"", "write source or replica");
    } else if (text.equals("replica") && followed == null) {
      tree.problem(node, "a replica that follows nobody", "add \"follow\" with its source's name");
    } else if (text.equals("source") && followed != null) {
      tree.problem(followed, "a source that follows another node", "write type replica");
    }
  }

  private NodeRule node(
      DocumentTree.Item one,
      Map<String, DocumentTree.Item> members,
      String name,
      DocumentTree.Item followed) {
    DocumentTree.Item dsnItem = tree.required(one, members, "dsn");
    String dsn = tree.text(dsnItem, "env:NONE");
    if (!dsn.matches("env:[A-Za-z_][A-Za-z0-9_]*|file:.+")) {
      // The text isn't repeated: it may hold a password.
      tree.problem(
          dsnItem,
          "a dsn stands here itself, expected a reference to it",
          "write env:NAME or file:/path, and there mysql://user:password@host:port/schema");
    }
    int least = whole(members.get("minimum_pool_size"), 0, 0, 10_000);
    int most = whole(members.get("maximum_pool_size"), 32, 1, 10_000);
    if (least > most) {
      tree.problem(
          members.get("minimum_pool_size"),
          least + " is more than maximum_pool_size, which is " + most,
          "write a smaller number");
      least = most;
    }
    return new NodeRule(
        name,
        dsn,
        least,
        most,
        duration(members.get("acquire_timeout"), Duration.ofSeconds(5)),
        duration(members.get("wait_time"), Duration.ofMinutes(10)),
        followed == null ? null : tree.text(followed, ""),
        whole(members.get("weight"), followed == null ? 0 : 1, 0, 1_000_000));
  }

  private int whole(DocumentTree.Item item, int otherwise, int least, int most) {
    if (item == null) {
      return otherwise;
    }
    if (item.value() instanceof BigDecimal number
        && number.stripTrailingZeros().scale() <= 0
        && number.compareTo(BigDecimal.valueOf(least)) >= 0
        && number.compareTo(BigDecimal.valueOf(most)) <= 0) {
      return number.intValueExact();
    }
    tree.problem(
        item, item.kind() + " is here", "write a whole number from " + least + " to " + most);
    return otherwise;
  }

  /** {@code 500ms}, {@code 5s}, {@code 10m}, or a number of seconds. */
  private Duration duration(DocumentTree.Item item, Duration otherwise) {
    if (item == null) {
      return otherwise;
    }
    String text =
        item.value() instanceof BigDecimal number
            ? number.toPlainString() + "s"
            : item.value() instanceof String s ? s.toLowerCase(Locale.ROOT) : "";
    if (text.matches("[0-9]{1,9}(ms|s|m|h)")) {
      long number = Long.parseLong(text.replaceAll("[a-z]", ""));
      Duration duration =
          switch (text.replaceAll("[0-9]", "")) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            default -> Duration.ofHours(number);
          };
      if (!duration.isZero()) {
        return duration;
      }
    }
    tree.problem(item, item.kind() + " is no duration", "write one as 500ms, 5s, 10m or 1h");
    return otherwise;
  }

  static String names(List<NodeRule> nodes) {
    return String.join(", ", nodes.stream().map(NodeRule::name).sorted().toList());
  }
}
