package io.piplan.raft;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.MD5FileUtil;

/** A {@link ReplicatedState} as Ratis wants it: batches, sessions of callers, snapshot files. */
final class StateMachineAdapter extends BaseStateMachine {
  private static final String UNFINISHED = ".writing";
  private static final int SNAPSHOT_MAGIC = 0x50495246;
  private static final int SNAPSHOT_VERSION = 2;

  /** Without the length of a lease. */
  private static final int OLDEST_SNAPSHOT_VERSION = 1;

  private final ReplicatedState state;
  private final LeaderEvents events;
  private final CallSessions sessions = new CallSessions();
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private final SimpleStateMachineStorage storage = new SimpleStateMachineStorage();

  /** Of the last leader that told. */
  private volatile long leaseNanos;

  /** What the node wants to know. Called on Ratis' threads. */
  interface LeaderEvents {
    void leaderReady();

    void leaderChanged(String leader);

    void stopped(Throwable cause);
  }

  StateMachineAdapter(ReplicatedState state, LeaderEvents events) {
    this.state = state;
    this.events = events;
  }

  @Override
  public void initialize(RaftServer server, RaftGroupId group, RaftStorage raftStorage)
      throws IOException {
    super.initialize(server, group, raftStorage);
    storage.init(raftStorage);
    deleteUnfinished(raftStorage.getStorageDir().getStateMachineDir().toPath());
    load(storage.getLatestSnapshot());
    // Ratis installs a snapshot only into a machine that was running and is paused.
    getLifeCycle().transition(LifeCycle.State.STARTING);
    getLifeCycle().transition(LifeCycle.State.RUNNING);
  }

  /** Left by a process that was killed: each has another name, and together they fill a disk. */
  private static void deleteUnfinished(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, "*" + UNFINISHED)) {
      for (Path one : left) {
        Files.delete(one);
      }
    }
  }

  /** After the leader has sent a snapshot: the state here is replaced. */
  @Override
  public void reinitialize() throws IOException {
    load(storage.loadLatestSnapshot());
    if (getLifeCycleState() == LifeCycle.State.PAUSED) {
      getLifeCycle().transition(LifeCycle.State.STARTING);
      getLifeCycle().transition(LifeCycle.State.RUNNING);
    }
  }

  @Override
  public void pause() {
    if (getLifeCycleState() == LifeCycle.State.RUNNING) {
      getLifeCycle().transition(LifeCycle.State.PAUSING);
      getLifeCycle().transition(LifeCycle.State.PAUSED);
    }
  }

  @Override
  public StateMachineStorage getStateMachineStorage() {
    return storage;
  }

  @Override
  public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
    LogEntryProto entry = transaction.getLogEntry();
    ByteBuffer data = entry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer();
    CommandBatch batch = CommandBatch.decode(data);
    byte[] answers;
    if (batch.queries()) {
      return CompletableFuture.completedFuture(message(answerInOrder(transaction, batch)));
    }
    lock.writeLock().lock();
    try {
      answers = sessions.answered(batch.caller(), batch.sequence());
      if (answers == null) {
        long index = entry.getIndex();
        answers = BatchAnswers.of(batch.items(), command -> state.apply(index, command));
        sessions.remember(batch.caller(), batch.sequence(), answers);
      }
      updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
    } finally {
      lock.writeLock().unlock();
    }
    return CompletableFuture.completedFuture(message(answers));
  }

  /** Queries in the log are answered by the one that was asked; to others they are nothing. */
  private byte[] answerInOrder(TransactionContext transaction, CommandBatch batch) {
    LogEntryProto entry = transaction.getLogEntry();
    lock.writeLock().lock();
    try {
      if (batch.leaseNanos() > 0) {
        leaseNanos = batch.leaseNanos();
      }
      updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
      return transaction.getServerRole() == RaftPeerRole.LEADER
          ? BatchAnswers.of(batch.items(), state::query)
          : new byte[0];
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** How long the lease of the last leader may be; 0 if none is known. See {@link LeaderLease}. */
  long leaseNanos() {
    return leaseNanos;
  }

  /** Answers from the state as it is here and now. */
  byte[] queryHere(CommandBatch batch) {
    lock.readLock().lock();
    try {
      return BatchAnswers.of(batch.items(), state::query);
    } finally {
      lock.readLock().unlock();
    }
  }

  private static Message message(byte[] bytes) {
    ByteString content = UnsafeByteOperations.unsafeWrap(bytes);
    return () -> content;
  }

  @Override
  public long takeSnapshot() throws IOException {
    lock.readLock().lock();
    try {
      TermIndex last = getLastAppliedTermIndex();
      File file = storage.getSnapshotFile(last.getTerm(), last.getIndex());
      Path writing = file.toPath().resolveSibling(file.getName() + UNFINISHED);
      try (FileOutputStream disk = new FileOutputStream(writing.toFile());
          DataOutputStream out = new DataOutputStream(new BufferedOutputStream(disk, 1 << 16))) {
        out.writeInt(SNAPSHOT_MAGIC);
        out.writeInt(SNAPSHOT_VERSION);
        out.writeLong(leaseNanos);
        sessions.save(out);
        state.save(out);
        out.flush();
        disk.getFD().sync();
      } catch (IOException e) {
        Files.deleteIfExists(writing);
        throw e;
      }
      MD5Hash digest = MD5FileUtil.computeMd5ForFile(writing.toFile());
      MD5FileUtil.saveMD5File(file, digest);
      StorageCheck.noteWrittenHere(writing.getParent(), last.getIndex());
      Files.move(writing, file.toPath(), StandardCopyOption.ATOMIC_MOVE);
      storage.updateLatestSnapshot(
          new SingleFileSnapshotInfo(
              new FileInfo(file.toPath(), digest), last.getTerm(), last.getIndex()));
      return last.getIndex();
    } finally {
      lock.readLock().unlock();
    }
  }

  private void load(SingleFileSnapshotInfo snapshot) throws IOException {
    if (snapshot == null) {
      return;
    }
    Path file = snapshot.getFile().getPath();
    lock.writeLock().lock();
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
      int magic = in.readInt();
      int version = in.readInt();
      if (magic != SNAPSHOT_MAGIC
          || version < OLDEST_SNAPSHOT_VERSION
          || version > SNAPSHOT_VERSION) {
        throw new IOException(file + " is no snapshot of this version");
      }
      // An older one says nothing of it: what is known here stays.
      if (version > OLDEST_SNAPSHOT_VERSION) {
        leaseNanos = in.readLong();
      }
      sessions.load(in);
      state.load(in);
      setLastAppliedTermIndex(snapshot.getTermIndex());
    } finally {
      lock.writeLock().unlock();
    }
  }

  @Override
  public void notifyLeaderReady() {
    events.leaderReady();
  }

  @Override
  public void notifyNotLeader(Collection<TransactionContext> pending) {
    events.leaderChanged(null);
  }

  @Override
  public void notifyLeaderChanged(RaftGroupMemberId self, RaftPeerId leader) {
    events.leaderChanged(leader == null ? null : leader.toString());
  }

  @Override
  public void notifyLogFailed(Throwable cause, LogEntryProto entry) {
    events.stopped(cause);
  }
}
