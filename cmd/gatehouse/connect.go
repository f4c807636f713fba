package main

// connectCmd are the commands that give gatehouse access to blogs' own APIs.
type connectCmd struct {
	Blogger   connectBloggerCmd   `cmd:"" help:"Get access to a blog on Blogger, and ask it for comments from then on."`
	Wordpress connectWordPressCmd `cmd:"" help:"Let gatehouse moderate a WordPress blog by its REST API, for blogs without our plugin."`
}
