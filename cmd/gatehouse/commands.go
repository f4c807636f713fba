package main

// cli is the command table: one field a command, one file a command.
type cli struct {
	Serve      serveCmd      `cmd:"" help:"Run the service; --demo adds a blog and a phone to try it with."`
	Check      checkCmd      `cmd:"" help:"Judge one comment and say why. Nothing is stored."`
	Classify   classifyCmd   `cmd:"" help:"Add probabilities and an action to comments, JSONL in, JSONL out."`
	Train      trainCmd      `cmd:"" help:"Make a model of labelled comments."`
	Retrain    retrainCmd    `cmd:"" help:"Make each blog's model anew from its decisions; it is used if it is not worse."`
	Models     modelsCmd     `cmd:"" help:"List, show and promote versions of models, and go back."`
	Eval       evalCmd       `cmd:"" help:"Measure how well a model tells ok, spam and abuse apart."`
	Replay     replayCmd     `cmd:"" help:"Send a labelled history through the gate: what it holds, misses and learns."`
	Import     importCmd     `cmd:"" help:"Bring in a blog's history: WordPress, Blogger, Disqus, CSV or JSONL."`
	Export     exportCmd     `cmd:"" help:"Write out all comments with their decisions, as JSONL."`
	Rules      rulesCmd      `cmd:"" help:"Check, test and explain rule books."`
	Sites      sitesCmd      `cmd:"" help:"Add, list, show, change and remove blogs."`
	Persona    personaCmd    `cmd:"" help:"One writer under changing names: rejected comments of the same hand, and what resembles them."`
	Tokens     tokensCmd     `cmd:"" help:"Add, list and revoke tokens, with which programs ask the API."`
	Moderators moderatorsCmd `cmd:"" help:"Say who may look and decide in Telegram, and where cards go."`
	Authors    authorsCmd    `cmd:"" help:"Ban and trust authors, and say what is known of them."`
	Mode       modeCmd       `cmd:"" help:"Say how strict a blog or a post is: open, normal or strict, for a time or until it is changed."`
	Queue      queueCmd      `cmd:"" help:"List the comments that wait for a moderator."`
	Recent     recentCmd     `cmd:"" help:"List the newest comments and what became of them."`
	Find       findCmd       `cmd:"" help:"Look for comments by their words and their authors' names."`
	Show       showCmd       `cmd:"" help:"Show all that is known of a comment."`
	Thread     threadCmd     `cmd:"" help:"Show what a comment answers, or what came before it on its post."`
	Similar    similarCmd    `cmd:"" help:"List decided comments that are like one, the likest first."`
	Note       noteCmd       `cmd:"" help:"Add a note to a comment, for the other moderators."`
	Stats      statsCmd      `cmd:"" help:"Count what became of comments, day by day."`
	Raids      raidsCmd      `cmd:"" help:"List comments that came together and are alike, and decide them in one go."`
	Decide     decideCmd     `cmd:"" help:"Decide a comment: approve, spam, abuse or reject."`
	Undo       undoCmd       `cmd:"" help:"Take back the decision on a comment."`
	Deliveries deliveriesCmd `cmd:"" help:"List what waits to be sent, and send it again."`
	Erase      eraseCmd      `cmd:"" help:"Forget a person everywhere, what was learned from them included."`
	Purge      purgeCmd      `cmd:"" help:"Forget what has been kept for as long as it is to be; serve does it daily."`
	Backup     backupCmd     `cmd:"" help:"Copy the database into one file, while the service runs."`
	Restore    restoreCmd    `cmd:"" help:"Make a data folder of a backup."`
	Doctor     doctorCmd     `cmd:"" help:"Examine database, rules, model, Telegram and blogs, and say what to do."`
	Config     configCmd     `cmd:"" help:"Check the configuration, and print what holds."`
	Completion completionCmd `cmd:"" help:"Print a script by which a shell completes commands and flags."`
	Complete   completeCmd   `cmd:"" hidden:"" passthrough:"" help:"List what may stand at the end of a command line, for those scripts."`
	Version    versionCmd    `cmd:"" help:"Print the version of the program and of what is built into it."`
}
