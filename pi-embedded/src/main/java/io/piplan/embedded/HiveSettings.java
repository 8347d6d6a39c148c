package io.piplan.embedded;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** The hive-site.xml of a server in its folder. */
final class HiveSettings {
  private final Map<String, String> values = new TreeMap<>();

  HiveSettings(Path home) {
    folders(home);
    execution();
    // There is no schema version in a database that DataNucleus made.
    values.put("datanucleus.schema.autoCreateAll", "true");
    values.put("hive.metastore.schema.verification", "false");
    // HiveServer2 asks the metastore for its events and is nobody in particular there.
    values.put("hive.metastore.event.db.notification.api.auth", "false");
    values.put("hive.server2.authentication", "NONE");
    values.put("hive.server2.enable.doAs", "false");
    values.put("hive.server2.thrift.bind.host", "127.0.0.1");
    values.put("hive.server2.webui.port", "0");
    values.put("hive.server2.logging.operation.enabled", "false");
    values.put("hive.server2.materializedviews.registry.impl", "DUMMY");
    values.put("hive.async.log.enabled", "false");
    values.put("hive.stats.column.autogather", "false");
    // Transactions, for ACID tables.
    values.put("hive.support.concurrency", "true");
    values.put("hive.txn.manager", "org.apache.hadoop.hive.ql.lockmgr.DbTxnManager");
    values.put("hive.compactor.initiator.on", "false");
    values.put("hive.compactor.worker.threads", "1");
    // With map joins a second MERGE fails on JDK 17.
    values.put("hive.auto.convert.join", "false");
  }

  private void folders(Path home) {
    values.put("fs.defaultFS", "file:///");
    values.put(NioLocalFileSystem.PROPERTY, NioLocalFileSystem.NAME);
    values.put("hadoop.tmp.dir", home.resolve("tmp").toString());
    values.put("hive.exec.scratchdir", home.resolve("scratch").toString());
    values.put("hive.exec.local.scratchdir", home.resolve("local").toString());
    values.put("hive.downloaded.resources.dir", home.resolve("resources").toString());
    values.put("hive.querylog.location", home.resolve("queries").toString());
  }

  /** Everything in the one process. */
  private void execution() {
    values.put("hive.execution.engine", "mr");
    values.put("mapreduce.framework.name", "local");
    values.put("hive.exec.mode.local.auto", "true");
    values.put("hive.exec.submit.local.task.via.child", "false");
    values.put("hive.exec.dynamic.partition.mode", "nonstrict");
    values.put("hive.exec.reducers.max", "2");
    values.put("mapreduce.task.io.sort.mb", "32");
    // How often the end of a job is looked for: a small query would take a second longer.
    values.put("hive.exec.counters.pull.interval", "50");
    values.put("mapreduce.client.progressmonitor.pollinterval", "50");
    values.put("mapreduce.client.completion.pollinterval", "50");
  }

  HiveSettings with(Map<String, String> more) {
    values.putAll(more);
    return this;
  }

  String toXml() {
    StringBuilder xml = new StringBuilder("<?xml version=\"1.0\"?>\n<configuration>\n");
    values.forEach(
        (name, value) ->
            xml.append("  <property><name>")
                .append(escape(name))
                .append("</name><value>")
                .append(escape(value))
                .append("</value></property>\n"));
    return xml.append("</configuration>\n").toString();
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
