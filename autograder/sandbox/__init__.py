"""The sandbox in which untrusted kernels run, as kernel provisioners of jupyter_client."""
