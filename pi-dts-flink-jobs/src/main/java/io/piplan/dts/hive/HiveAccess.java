package io.piplan.dts.hive;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.jdbc.HiveServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hive.conf.HiveConf;
import org.apache.hadoop.security.UserGroupInformation;

/**
 * The way to a Hive's files and metastore as its user. Each instance has connections of its own,
 * and is used by one thread.
 */
public final class HiveAccess implements AutoCloseable {
  private static final List<String> FILES =
      List.of("core-site.xml", "hdfs-site.xml", "hive-site.xml");

  private final HiveServer server;
  private final Steps steps;
  private final HiveConf conf;
  private final UserGroupInformation user;
  private FileSystem files;
  private URI filesOf;
  private Metastore metastore;

  public HiveAccess(HiveServer server) {
    this(server, Steps.UNWATCHED);
  }

  HiveAccess(HiveServer server, Steps steps) {
    this.server = server;
    this.steps = steps;
    this.conf = conf(server);
    this.user = UserGroupInformation.createRemoteUser(server.user());
  }

  /** What Hadoop and Hive are told: the folder's files, then the catalog's own properties. */
  public static HiveConf conf(HiveServer server) {
    try {
      Configuration base = new Configuration();
      for (String name : server.confFolder().isEmpty() ? List.<String>of() : FILES) {
        java.nio.file.Path file = java.nio.file.Path.of(server.confFolder(), name);
        if (Files.exists(file)) {
          base.addResource(new Path(file.toUri()));
        }
      }
      HiveConf conf = new HiveConf(base, HiveConf.class);
      // A metastore that is not there is waited for by the job, not in here.
      conf.set("hive.metastore.client.socket.timeout", "60s");
      conf.set("hive.metastore.connect.retries", "1");
      conf.set("hive.metastore.execute.setugi", "true");
      server.conf().forEach((name, value) -> conf.set(name, value.reveal()));
      conf.set("hive.metastore.uris", server.metastoreUri());
      return conf;
    } catch (LinkageError e) {
      throw HiveServer.missing(e);
    }
  }

  public HiveServer server() {
    return server;
  }

  Steps steps() {
    return steps;
  }

  HiveConf conf() {
    return conf;
  }

  /** The file system of a path; all of a database's tables are on one. */
  FileSystem files(Path path) {
    URI uri = path.toUri();
    if (files != null && same(uri, filesOf)) {
      return files;
    }
    closeFiles();
    try {
      files = user.doAs(new Opening(uri));
      // A file of checksums beside each file would be in everybody's way.
      files.setWriteChecksum(false);
      filesOf = uri;
      return files;
    } catch (IOException e) {
      throw failed("opening the file system of " + path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed("opening the file system of " + path, e);
    }
  }

  /** Files that processes agree by, near a path. */
  StateFiles stateFiles(Path path) {
    return new StateFiles(files(path), steps);
  }

  private final class Opening implements java.security.PrivilegedExceptionAction<FileSystem> {
    private final URI uri;

    Opening(URI uri) {
      this.uri = uri;
    }

    @Override
    public FileSystem run() throws IOException {
      return FileSystem.newInstance(uri, conf);
    }
  }

  private static boolean same(URI a, URI b) {
    return String.valueOf(a.getScheme()).equals(String.valueOf(b.getScheme()))
        && String.valueOf(a.getAuthority()).equals(String.valueOf(b.getAuthority()));
  }

  /** The metastore, connected when first asked for. */
  Metastore metastore() {
    if (metastore == null) {
      metastore = Metastore.connect(server, conf, user, steps);
    }
    return metastore;
  }

  static DtsException failed(String doing, Exception e) {
    return new DtsException(
        DtsError.TARGET_FAILED,
        doing + " failed: " + e.getMessage(),
        "check that Hive's file system and metastore are there, and that the sync's user may write"
            + " in the database's folder",
        e);
  }

  private void closeFiles() {
    if (files != null) {
      try {
        files.close();
      } catch (IOException e) {
        // Nothing is written through it any more.
        files = null;
      }
      files = null;
    }
  }

  @Override
  public void close() {
    closeFiles();
    if (metastore != null) {
      metastore.close();
      metastore = null;
    }
  }
}
